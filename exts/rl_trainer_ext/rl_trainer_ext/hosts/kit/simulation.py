# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Isaac Lab's launcher does when it starts Kit, done before a run in a Kit that already runs, and undone after it.

``isaaclab_physx.app.KitLauncher`` returns at once when it finds Kit running; what it would have set up is here, but for
what can only be said when Kit starts (see docs/isaac-sim.md).
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
"""Extensions that Isaac Lab's own application enables for its physics, and Isaac Sim may have left out."""

SIMULATION_MANAGER = "isaacsim.core.simulation_manager"
DEFAULT_CALLBACKS = ("warm_start", "on_stop", "stage_open", "stage_close")
"""What Isaac Sim's manager does by itself, by the names of its ``enable_default_callbacks``."""

PHYSX = "physx"
"""The physics engine of Isaac Sim that its manager names so."""

HAS_GUI = "/isaaclab/has_gui"


class SimulationManagerLoan:
    """Isaac Sim's own manager of physics, out of service during a run and back in it afterwards.

    In service, it loads PhysX from whatever stage is open when the timeline plays, and invalidates the views of physics
    when it stops. Isaac Lab's launcher starts Isaac Sim with it out of service. Where that has not been done,
    ``isaaclab_physx`` puts :class:`PhysxManager` in its place, for good, as soon as it is imported and again for each
    simulation with PhysX: the user's own simulations would then find nobody who starts their physics.
    """

    def __init__(self) -> None:
        module = sys.modules.get(SIMULATION_MANAGER)
        # what isaaclab_physx has put there before this extension was enabled stays: somebody else trains in this Kit
        self._module: Any = module if _of_isaac_sim(getattr(module, "SimulationManager", None)) else None
        self._lent = self._module is not None
        if self._module is not None:
            self._manager, self._events = self._module.SimulationManager, self._module.IsaacEvents
            self._in_service: dict[str, bool] = self._manager.get_default_callback_status()

    @property
    def engine(self) -> str:
        """The physics engine that is active in Isaac Sim: ``physx``, ``newton`` or ``remotesim``.

        Empty where Isaac Sim's manager is not there, and the engine so not known.
        """
        return "" if self._module is None else str(self._manager.get_active_physics_engine())

    def take(self) -> None:
        """Called before a run."""
        if self._module is not None:
            if not self._lent:
                self._in_service = self._manager.get_default_callback_status()
            self._lent = True
            self._manager.enable_all_default_callbacks(False)

    def give_back(self) -> None:
        """Called after a run, and when Isaac Lab has been imported."""
        if self._lent:
            self._lent = False
            self._module.SimulationManager, self._module.IsaacEvents = self._manager, self._events
            self._manager.enable_default_callbacks(
                **{f"enable_{name}": self._in_service.get(name, False) for name in DEFAULT_CALLBACKS}
            )


def _of_isaac_sim(manager: type | None) -> bool:
    return manager is not None and manager.__module__.split(".")[0] == "isaacsim"


class RunningKit:
    """Prepares Kit for a run of Isaac Lab, and leaves it as it was."""

    def __init__(self) -> None:
        self.stage = RunStage()
        self._simulation_manager = SimulationManagerLoan()
        self._settings: RestoringSettings | None = None
        self._previous_backend: Any = None

    @property
    def prepared(self) -> bool:
        """Whether :meth:`restore` is still to come."""
        return self._settings is not None

    def prepare(self) -> None:
        """Called before a run, inside its task: Isaac Lab has been imported by then."""
        if self.prepared:
            return
        from isaaclab.app.settings_manager import get_settings_manager

        manager = get_settings_manager()
        self._settings = RestoringSettings()
        self._previous_backend = vars(manager).get("_backend")
        manager.set_backend(self._settings)
        if self._settings.get(HAS_GUI) is None:
            # where Isaac Lab's own launcher started Kit, it knows better
            self._settings.set(HAS_GUI, has_window())
        self._settings.set_for_run()
        _enable_extensions()
        self._simulation_manager.take()
        self.stage.make()

    def admit(self, env_cfg: Any) -> None:
        """Looks at the configuration of a run before anything of it is made.

        Args:
            env_cfg: Isaac Lab's configuration of the environment.

        Raises:
            UserError: When the run needs PhysX, and another engine is active in Isaac Sim: that one would get the run's
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
        """Called while nothing runs. Extensions stay enabled: what simulation has loaded cannot be unloaded.

        Args:
            open_stage: Whether Kit gets a new, empty stage where the run has left none; False while Kit closes.
        """
        self._simulation_manager.give_back()
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

    # without a choice Isaac Lab takes PhysX
    return env_cfg.sim.physics is None or isinstance(env_cfg.sim.physics, PhysxCfg)


def has_window() -> bool:
    """Whether Isaac Lab's launcher would say that this Kit has a GUI: a window of its own, or a livestream.

    No run in a livestreamed Isaac Sim has been seen: see docs/isaac-sim.md.
    """
    settings = carb.settings.get_settings()
    # Kit sets it to False for --no-window only
    if settings.get("/app/window/enabled") is not False:
        return True
    manager = omni.kit.app.get_app().get_extension_manager()
    return bool(manager.is_extension_enabled("omni.kit.livestream.app"))


def stop_timeline() -> None:
    """Stops the simulation of the user's own stage, which is about to be replaced."""
    timeline = optional("omni.timeline")
    if timeline is not None and not timeline.get_timeline_interface().is_stopped():
        timeline.get_timeline_interface().stop()


def _enable_extensions() -> None:
    manager = omni.kit.app.get_app().get_extension_manager()
    known = {extension["name"] for extension in manager.get_extensions()}
    for name in EXTENSIONS:
        if name in known and not manager.is_extension_enabled(name):
            manager.set_extension_enabled_immediate(name, True)
