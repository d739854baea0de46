# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The viewport of Kit as the viewport of a run, and the reward laid over whichever viewport is active."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import carb.settings

from ...training.snapshot import TrainerPort
from ...ui.viewport.overlay import Overlay
from ...ui.widgets.settings import Settings
from .names import EXTENSION, SETTINGS, optional
from .updates import Updates

CAMERAS = "{task} reads its cameras at every step: all of them are rendered, whatever the render mode."

GIVEN_UP = "The viewport is off: Isaac Lab's visualizer for Kit failed, and was closed; Kit's console says why."
"""Isaac Lab catches what a visualizer raises, logs it and goes on without it."""

FABRIC_UPDATES = "/physics/fabricUpdateTransformations"
"""Whether each step of PhysX writes its poses to where the renderer reads them. Isaac Lab switches it on for as long as
somebody looks; with it off, its ``PhysxManager`` writes them when a picture asks for them."""

ISAAC_LABS_WINDOWS = "isaaclab.envs.ui."
"""Where the windows are defined that Isaac Lab opens for any environment."""

_LOOK_INTERVAL = 0.25
"""Time from one look for the active viewport to the next [s]."""


class KitViewport:
    """Shows the environment through Isaac Lab's own visualizer for Kit, which puts poses where the renderer finds them.

    Environment steps themselves never render, but for tasks with cameras: the host's frame asks for each picture.

    Args:
        updates: What keeps the visualizer, which ends each of its steps with a frame of Kit, from nesting one.
    """

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._env: Any = None
        self._physics: Any = None
        self._visualizers: list[Any] | None = None
        self._visualizer: Any = None
        self._with_markers: list[Any] = []
        self._without_window: tuple[Any, Any] | None = None
        self._problem = ""
        self._api: Any = None
        self.always_drawn = False
        """Whether the run reads cameras, and so needs every picture itself."""

    # What the trainer sees

    def configure(self, env_cfg: Any) -> None:
        """Adds Isaac Lab's visualizer for Kit to a configuration, where there is a viewport, and leaves out its window.

        That window, "IsaacLab", plots in each step what the panel plots. One that a task brings itself is opened.
        """
        self._problem = ""
        self._take_back_configuration()
        if carb.settings.get_settings().get(f"{SETTINGS}/isaac_lab_window") is not True:
            self._leave_out_window(env_cfg)
        wanted = carb.settings.get_settings().get(f"{SETTINGS}/visualizer") is not False
        if not wanted or active_viewport_window() is None:
            return
        from isaaclab_visualizers.kit import KitVisualizerCfg

        # for a window's plots Isaac Lab calls back in every step, for markers as well
        configured = KitVisualizerCfg(enable_live_plots=env_cfg.ui_window_class_type is not None)
        self._visualizers, self._visualizer = env_cfg.sim.visualizer_cfgs, configured
        self._visualizers.append(self._visualizer)

    def attach(self, env: Any) -> None:
        """Remembers the environment (unwrapped), and switches off what its steps do for a renderer."""
        shown = self._visualizer is not None
        self._take_back_configuration()
        self._physics = env.sim.physics_manager
        self.always_drawn = reads_cameras(env)
        env.render_enabled = self.always_drawn
        if self.always_drawn:
            self._problem = CAMERAS.format(task=type(env).__name__)
            return
        # put back with Isaac Lab's other settings after the run
        env.sim.set_setting(FABRIC_UPDATES, False)
        if shown:
            self._env = env
            self._with_markers = [each.cfg for each in env.sim.visualizers if each.cfg.enable_markers]
            self._enable_markers(False)

    def detach(self) -> None:
        """Lets go of the environment."""
        self._take_back_configuration()
        self._env = self._physics = None
        self._with_markers = []
        self.always_drawn = False

    def sync_poses(self) -> None:
        """Lets the renderer have PhysX's poses again, from which Kit's timeline has cut it off in a pause.

        Isaac Lab does that where its own step finds the timeline paused and waits for it.
        """
        sync = getattr(self._physics, "_sync_fabric_after_resume", None)
        if sync is not None:
            sync()

    def draw(self) -> bool:
        """Hands the poses of now to the renderer. Never raises; see :class:`~.frames.DrawnByKit`."""
        if self._env is None or self._problem:
            return False
        sim = self._env.sim
        visualizers = len(sim.visualizers)
        self._enable_markers(True)
        try:
            with self._updates.updates_suppressed():
                sim.render()
        except Exception as exception:
            # whatever the renderer refuses, the training does not need it
            reason = str(exception).strip().splitlines()
            self._problem = f"The viewport is off: {reason[0] if reason else type(exception).__name__}"
            return False
        finally:
            self._enable_markers(False)
        if len(sim.visualizers) < visualizers:
            self._problem = GIVEN_UP
            return False
        return True

    @property
    def problem(self) -> str:
        """One sentence about what stands in the way of drawing; empty when nothing does."""
        return self._problem

    # What the host's frame sees

    def enable(self, enabled: bool) -> None:
        """Whether Kit draws its active viewport in the frames to come."""
        window = active_viewport_window()
        api = None if window is None else window.viewport_api
        if self._api is not None and api is not self._api:
            _set_updates(self._api, True)  # another viewport is active now: this one is nobody's any more
        self._api = api
        if api is not None:
            _set_updates(api, enabled)

    def close(self) -> None:
        """Gives the viewport back."""
        self.detach()
        if self._api is not None:
            _set_updates(self._api, True)
            self._api = None

    def _enable_markers(self, enabled: bool) -> None:
        """Whether Isaac Lab moves its markers, which it does in every step where a visualizer takes them.

        Each time their numbers go from the device into the stage, and only a picture shows them.
        """
        for visualizer in self._with_markers:
            visualizer.enable_markers = enabled

    def _leave_out_window(self, env_cfg: Any) -> None:
        window = env_cfg.ui_window_class_type
        module = window if isinstance(window, str) else getattr(window, "__module__", "")
        if str(module).startswith(ISAAC_LABS_WINDOWS):
            self._without_window, env_cfg.ui_window_class_type = (env_cfg, window), None

    def _take_back_configuration(self) -> None:
        """The configuration is written into the run's folder, and shall be that of Isaac Lab's command."""
        if self._without_window is not None:
            env_cfg, window = self._without_window
            env_cfg.ui_window_class_type = window
            self._without_window = None
        if self._visualizers is not None:
            self._visualizers.remove(self._visualizer)
        self._visualizers = self._visualizer = None


class ViewportOverlay:
    """The reward over the active viewport; it moves along when another one becomes active.

    Args:
        trainer: Whose reward is shown.
        settings: Where its place is remembered.
        clock: Seconds, as :func:`time.monotonic`.
    """

    def __init__(self, trainer: TrainerPort, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._trainer, self._settings, self._clock = trainer, settings, clock
        self._frame: Any = None
        self._overlay: Overlay | None = None
        self._look_at = 0.0

    def update(self) -> None:
        """Once a frame."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + _LOOK_INTERVAL
            self._follow()
        if self._overlay is not None:
            self._overlay.update()

    def toggle(self) -> None:
        """Hides the reward, or shows it again."""
        if self._overlay is not None:
            self._overlay.toggle()

    def destroy(self) -> None:
        """Takes it away."""
        if self._overlay is not None:
            self._overlay.destroy()
        self._overlay = self._frame = None

    def _follow(self) -> None:
        window = active_viewport_window()
        # a viewport keeps its frames by name; one that was closed and opened again has a new one, and the old title
        frame = None if window is None else window.get_frame(f"{EXTENSION}.overlay")
        if frame is not self._frame:
            self.destroy()
            if frame is not None:
                self._frame, self._overlay = frame, Overlay(frame, self._trainer, self._settings)


def active_viewport_window() -> Any:
    """The window of Kit's active viewport, or None where there is none."""
    utility = optional("omni.kit.viewport.utility")
    return None if utility is None else utility.get_active_viewport_window()


def _set_updates(api: Any, enabled: bool) -> None:
    # omni.kit.widget.viewport hands out weak references: of a viewport that was closed there is nothing left to set
    with contextlib.suppress(ReferenceError):
        if api.updates_enabled != enabled:
            api.updates_enabled = enabled


def reads_cameras(env: Any) -> bool:
    """Whether an environment's observations come from Kit's renderer."""
    return bool(env.sim.get_setting("/isaaclab/render/rtx_sensors"))
