# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Prepares a running Kit for a run as Isaac Lab's launcher prepares a new one, and restores it afterwards.

``isaaclab_physx.app.KitLauncher`` returns at once when Kit is already running. This module does the launcher's setup,
except for what Kit reads only when it starts (see docs/isaac-sim.md).
"""

from __future__ import annotations

import sys
from typing import Any

import carb.settings
import omni.kit.app

from ...errors import UserError
from .names import optional
from .run_settings import RestoringSettings
from .run_stage import RunStage, open_stage_if_none

EXTENSIONS = ("omni.physx", "omni.physx.tensors", "omni.physics.stageupdate")
"""Extensions that Isaac Lab's own application enables for physics and that Isaac Sim may not have enabled."""

SIMULATION_MANAGER = "isaacsim.core.simulation_manager"
DEFAULT_CALLBACKS = ("warm_start", "on_stop", "stage_open", "stage_close")
"""The default callbacks of Isaac Sim's manager, as its ``enable_default_callbacks`` names them."""

PHYSX = "physx"
"""The name of PhysX in Isaac Sim's manager."""

HAS_GUI = "/isaaclab/has_gui"


class SimulationManagerGuard:
    """Disables Isaac Sim's ``SimulationManager`` during a run and restores it afterwards.

    When enabled, the manager loads PhysX from the open stage when the timeline plays, and invalidates physics views
    when it stops. Isaac Lab's launcher starts Isaac Sim with the manager disabled. Otherwise ``isaaclab_physx``
    replaces it by :class:`PhysxManager` permanently, on import and again for each simulation with PhysX; the user's own
    simulations would then no longer start their physics.
    """

    def __init__(self) -> None:
        module = sys.modules.get(SIMULATION_MANAGER)
        # a PhysxManager that is already in its place stays: another program trains in this Kit
        self._module: Any = module if _of_isaac_sim(getattr(module, "SimulationManager", None)) else None
        self._needs_restore = self._module is not None
        if self._module is not None:
            self._manager, self._events = self._module.SimulationManager, self._module.IsaacEvents
            self._in_service: dict[str, bool] = self._manager.get_default_callback_status()

    @property
    def engine(self) -> str:
        """The active physics engine of Isaac Sim: ``physx``, ``newton`` or ``remotesim``.

        Empty without Isaac Sim's manager, because the engine is then unknown.
        """
        return "" if self._module is None else str(self._manager.get_active_physics_engine())

    def disable(self) -> None:
        """Disables the manager's default callbacks. Called before a run."""
        if self._module is not None:
            if not self._needs_restore:
                self._in_service = self._manager.get_default_callback_status()
            self._needs_restore = True
            self._manager.enable_all_default_callbacks(False)

    def restore(self) -> None:
        """Restores the manager and its callbacks. Called after a run, and after Isaac Lab has been imported."""
        if self._needs_restore:
            self._needs_restore = False
            self._module.SimulationManager, self._module.IsaacEvents = self._manager, self._events
            self._manager.enable_default_callbacks(
                **{f"enable_{name}": self._in_service.get(name, False) for name in DEFAULT_CALLBACKS}
            )


def _of_isaac_sim(manager: type | None) -> bool:
    return manager is not None and manager.__module__.split(".")[0] == "isaacsim"


class RunningKit:
    """Prepares Kit for a run of Isaac Lab and restores it afterwards."""

    def __init__(self) -> None:
        self.stage = RunStage()
        self._simulation_manager = SimulationManagerGuard()
        self._settings: RestoringSettings | None = None
        self._previous_backend: Any = None

    @property
    def prepared(self) -> bool:
        """Whether :meth:`restore` is pending."""
        return self._settings is not None

    def prepare(self) -> None:
        """Prepares Kit. Called before a run, inside its task, after Isaac Lab has been imported."""
        if self.prepared:
            return
        from isaaclab.app.settings_manager import get_settings_manager

        manager = get_settings_manager()
        self._settings = RestoringSettings()
        self._previous_backend = vars(manager).get("_backend")
        manager.set_backend(self._settings)
        if self._settings.get(HAS_GUI) is None:
            # Isaac Lab's own launcher may have set it already
            self._settings.set(HAS_GUI, has_window())
        self._settings.set_for_run()
        _enable_extensions()
        self._simulation_manager.disable()
        self.stage.make()

    def admit(self, env_cfg: Any) -> None:
        """Checks the configuration of a run before its environment is created.

        Args:
            env_cfg: Isaac Lab's configuration of the environment.

        Raises:
            UserError: When the run needs PhysX and another engine is active in Isaac Sim, which would load the run's
                stage.
        """
        engine = self._simulation_manager.engine
        if engine not in ("", PHYSX) and _runs_on_physx(env_cfg):
            raise UserError(
                f"The active physics engine of Isaac Sim is {engine}, and this run needs PhysX: switch with "
                'isaacsim.core.simulation_manager.SimulationManager.switch_physics_engine("physx") in '
                "Window ▸ Script Editor, or choose physics=newton_mjwarp if the task has it."
            )

    def restore(self, open_stage: bool = True) -> None:
        """Restores Kit. Called while nothing runs. Extensions stay enabled, because simulation cannot be unloaded.

        Args:
            open_stage: Whether to open a new, empty stage if the run left none; False while Kit closes.
        """
        self._simulation_manager.restore()
        if self._settings is None:
            return
        from isaaclab.app.settings_manager import get_settings_manager

        get_settings_manager().set_backend(self._previous_backend)
        self._settings.restore()
        self._settings = self._previous_backend = None
        self.stage.forget()
        if open_stage:
            open_stage_if_none()


def _runs_on_physx(env_cfg: Any) -> bool:
    from isaaclab_physx.physics import PhysxCfg

    # Isaac Lab's default is PhysX
    return env_cfg.sim.physics is None or isinstance(env_cfg.sim.physics, PhysxCfg)


def has_window() -> bool:
    """Returns whether Isaac Lab's launcher would report a GUI for this Kit: a window of its own, or a livestream.

    Runs in a livestreamed Isaac Sim are not verified: see docs/isaac-sim.md.
    """
    settings = carb.settings.get_settings()
    # Kit sets it to False for --no-window only
    if settings.get("/app/window/enabled") is not False:
        return True
    manager = omni.kit.app.get_app().get_extension_manager()
    return bool(manager.is_extension_enabled("omni.kit.livestream.app"))


def stop_timeline() -> None:
    """Stops the simulation of the user's stage, which the run is about to replace."""
    timeline = optional("omni.timeline")
    if timeline is not None and not timeline.get_timeline_interface().is_stopped():
        timeline.get_timeline_interface().stop()


def _enable_extensions() -> None:
    manager = omni.kit.app.get_app().get_extension_manager()
    known = {extension["name"] for extension in manager.get_extensions()}
    for name in EXTENSIONS:
        if name in known and not manager.is_extension_enabled(name):
            manager.set_extension_enabled_immediate(name, True)
