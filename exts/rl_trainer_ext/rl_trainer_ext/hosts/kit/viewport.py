# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit's viewport as the viewport of a run, and the reward over the active viewport."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import carb.settings
import numpy as np

from ...errors import UserError
from ...frames.cooperative import next_frame
from ...training.commands import TrainerPort
from ...ui.viewport.overlay import Overlay
from ...ui.widgets.settings import Settings
from ...viewport.cameras import PolicyCameras
from ...viewport.interface import MarkerKind, Viewport
from ...viewport.task_markers import configured_markers, task_markers
from .names import EXTENSION, SETTINGS, optional
from .updates import Updates

CAMERAS = "{task} reads its cameras at every step: all of them are rendered, whatever the render mode."

GIVEN_UP = "The viewport is off: Isaac Lab's visualizer for Kit failed, and was closed; Kit's console says why."
"""Isaac Lab catches an exception of a visualizer, logs it and continues without the visualizer."""

FABRIC_UPDATES = "/physics/fabricUpdateTransformations"
"""Whether each PhysX step writes its poses to the renderer's Fabric. Isaac Lab enables it with a visualizer; if it is
disabled, its ``PhysxManager`` writes the poses when a picture is rendered."""

ISAAC_LABS_WINDOWS = "isaaclab.envs.ui."
"""The package of the windows that Isaac Lab opens for any environment."""

_SHOW_BY_TYPE = "Kit draws them itself: the eye above its viewport, Show By Type, Physics, {0}."

UNAVAILABLE_MARKERS = {
    MarkerKind.CONTACTS: "Only the viewport without Isaac Sim draws the contacts of the physics.",
    MarkerKind.JOINTS: _SHOW_BY_TYPE.format("Joints"),
    MarkerKind.CENTRES_OF_MASS: _SHOW_BY_TYPE.format("Mass Properties"),
    MarkerKind.COLLISION_SHAPES: _SHOW_BY_TYPE.format("Colliders"),
}
"""The markers that Isaac Lab has no ``set_debug_vis`` for."""

_MOST_BLANK = 100
"""Number of frames that the renderer may take to its first picture."""

_CHECK_INTERVAL = 0.25
"""Time between two checks which viewport is active [s]."""


class KitViewport(Viewport):
    """Shows the environment through Isaac Lab's own visualizer for Kit, which passes poses to the renderer.

    Environment steps do not render, except for tasks with cameras: the host's frame requests each picture.

    Args:
        updates: Suppresses the frame of Kit with which the visualizer ends each step.
    """

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._env: Any = None
        self._physics: Any = None
        self._visualizers: list[Any] | None = None
        self._visualizer: Any = None
        self._with_markers: list[Any] = []
        self._task_markers: dict[MarkerKind, list[Any]] = {}
        self._kinds: frozenset[MarkerKind] = frozenset()
        self._configured: frozenset[MarkerKind] = frozenset()
        self._wanted_markers: frozenset[MarkerKind] | None = None
        self.markers_changed = False
        """Whether the user has chosen other markers since the last picture."""
        self._without_window: tuple[Any, Any] | None = None
        self._problem = ""
        self._api: Any = None
        self.always_drawn = False
        """Whether the run reads cameras and so needs every picture."""
        self.cameras = PolicyCameras()
        """What the policy sees."""

    # For the trainer

    def configure(self, env_cfg: Any) -> None:
        """Adds Isaac Lab's visualizer for Kit to the configuration if there is a viewport, and removes its window.

        That window, "IsaacLab", plots in each step what the panel plots. A task's own window stays.
        """
        self._problem = ""
        self._restore_configuration()
        if carb.settings.get_settings().get(f"{SETTINGS}/isaac_lab_window") is not True:
            self._leave_out_window(env_cfg)
        wanted = carb.settings.get_settings().get(f"{SETTINGS}/visualizer") is not False
        if not wanted or active_viewport_window() is None:
            return
        from isaaclab_visualizers.kit import KitVisualizerCfg

        # Isaac Lab updates a window's plots in every step, and markers as well
        configured = KitVisualizerCfg(enable_live_plots=env_cfg.ui_window_class_type is not None)
        self._visualizers, self._visualizer = env_cfg.sim.visualizer_cfgs, configured
        self._visualizers.append(self._visualizer)

    def attach(self, env: Any) -> None:
        """Takes the environment (unwrapped) and disables what its steps do for a renderer."""
        shown = self._visualizer is not None
        self._restore_configuration()
        self.cameras.attach(env)
        self._physics = env.sim.physics_manager
        self.always_drawn = reads_cameras(env)
        env.render_enabled = self.always_drawn
        if self.always_drawn:
            self._problem = CAMERAS.format(task=type(env).__name__)
            return
        # restored with Isaac Lab's other settings after the run
        env.sim.set_setting(FABRIC_UPDATES, False)
        if shown:
            self._env = env
            self._task_markers = task_markers(env)
            self._kinds = frozenset(self._task_markers)
            self._configured = configured_markers(self._task_markers)
            self.markers_changed = self._wanted_markers is not None
            self._with_markers = [each.cfg for each in env.sim.visualizers if each.cfg.enable_markers]
            self._enable_markers(False)

    def detach(self) -> None:
        self._restore_configuration()
        self._env = self._physics = None
        self.cameras.detach()
        self._with_markers, self._task_markers = [], {}
        self.markers_changed = False
        self.always_drawn = False

    def sync_poses(self) -> None:
        """Passes PhysX's poses to the renderer again, which Kit's timeline stops during a pause.

        Isaac Lab does the same when its own step waits for a paused timeline.
        """
        sync = getattr(self._physics, "_sync_fabric_after_resume", None)
        if sync is not None:
            sync()

    def draw(self) -> bool:
        """Passes the present poses to the renderer. Never raises.

        Returns:
            Whether it did; False without an environment, or after an error.
        """
        if self._env is None or self._problem:
            return False
        sim = self._env.sim
        visualizers = len(sim.visualizers)
        self._enable_markers(True)
        try:
            self._switch_markers()
            with self._updates.updates_suppressed():
                sim.render()
        except Exception as exception:
            if self._env is None:
                return False  # the run has ended while this waited for a frame
            # the training does not need the renderer
            reason = str(exception).strip().splitlines()
            self._problem = f"The viewport is off: {reason[0] if reason else type(exception).__name__}"
            return False
        finally:
            self._enable_markers(False)
        if self._env is not None and len(sim.visualizers) < visualizers:
            self._problem = GIVEN_UP
            return False
        return True

    def capture(self) -> np.ndarray | None:
        """Draws the present poses and reads the picture of Isaac Lab's visualizer for Kit, as its recorder does.

        To be called inside a task, which waits for Kit's frames: the renderer draws in them. Its first pictures are
        blank, while it starts.
        """
        try:
            with self._rendering_pictures():
                for _ in range(_MOST_BLANK):
                    if not self.draw():
                        return None
                    picture = self._visualizer_for_kit().render_rgb_array()
                    if picture.any():
                        return picture
                    next_frame()
        except Exception as exception:
            # the viewport itself may still draw
            reason = str(exception).strip().splitlines() or [type(exception).__name__]
            raise UserError(f"Isaac Lab's visualizer for Kit gives no pictures: {reason[0]}") from exception
        raise UserError(
            f"Isaac Lab's visualizer for Kit gave blank pictures in {_MOST_BLANK} frames: see whether Kit's viewport "
            "shows the run, and try again."
        )

    def _visualizer_for_kit(self) -> Any:
        return next(each for each in self._env.sim.visualizers if hasattr(each, "render_rgb_array"))

    @contextlib.contextmanager
    def _rendering_pictures(self) -> Iterator[None]:
        """Lets the renderer draw the visualizer's pictures within the block only.

        Isaac Lab pauses it between two pictures where Kit has no window; with one it would draw them in every frame
        from the first picture to the end of the run.
        """
        for product in self._render_products():
            product.resume()
        try:
            yield
        finally:
            for product in self._render_products():
                product.pause()

    def _render_products(self) -> list[Any]:
        """Returns what the renderer draws the visualizer's pictures into; nothing before the first one."""
        visualizers = [] if self._env is None else self._env.sim.visualizers
        products = [getattr(each, "_rgb_render_product", None) for each in visualizers]
        return [product for product in products if product is not None]

    @property
    def problem(self) -> str:
        return self._problem

    # For the user interface

    @property
    def markers(self) -> frozenset[MarkerKind]:
        """See :class:`..viewport.interface.MarkerSource`, like the next ones."""
        return self._kinds

    @property
    def shown_markers(self) -> frozenset[MarkerKind]:
        return self._configured if self._wanted_markers is None else self._wanted_markers - UNAVAILABLE_MARKERS.keys()

    @property
    def unavailable_markers(self) -> Mapping[MarkerKind, str]:
        return UNAVAILABLE_MARKERS

    def show_markers(self, kinds: frozenset[MarkerKind]) -> None:
        self._wanted_markers = kinds
        self.markers_changed = self._env is not None

    def _switch_markers(self) -> None:
        """Lets Isaac Lab draw what the user has chosen, from the next picture on."""
        if not self.markers_changed:
            return
        self.markers_changed = False
        for kind, owners in self._task_markers.items():
            for owner in owners:
                owner.set_debug_vis(kind in self.shown_markers)

    # For the host's frame

    def enable(self, enabled: bool) -> None:
        """Sets whether Kit draws its active viewport in the next frames."""
        window = active_viewport_window()
        api = None if window is None else window.viewport_api
        if self._api is not None and api is not self._api:
            _set_updates(self._api, True)  # another viewport is active now
        self._api = api
        if api is not None:
            _set_updates(api, enabled)

    def close(self) -> None:
        """Releases the viewport."""
        self.detach()
        if self._api is not None:
            _set_updates(self._api, True)
            self._api = None

    def _enable_markers(self, enabled: bool) -> None:
        """Sets whether Isaac Lab moves its markers, which it does in every step if a visualizer accepts them.

        Each move copies from the device into the stage, and only a picture shows it.
        """
        for visualizer in self._with_markers:
            visualizer.enable_markers = enabled

    def _leave_out_window(self, env_cfg: Any) -> None:
        window = env_cfg.ui_window_class_type
        module = window if isinstance(window, str) else getattr(window, "__module__", "")
        if str(module).startswith(ISAAC_LABS_WINDOWS):
            self._without_window, env_cfg.ui_window_class_type = (env_cfg, window), None

    def _restore_configuration(self) -> None:
        """Removes the changes: the run's folder gets the same configuration as with Isaac Lab's command."""
        if self._without_window is not None:
            env_cfg, window = self._without_window
            env_cfg.ui_window_class_type = window
            self._without_window = None
        if self._visualizers is not None:
            self._visualizers.remove(self._visualizer)
        self._visualizers = self._visualizer = None


class ViewportOverlay:
    """Shows the reward over the active viewport; follows when another one becomes active.

    Args:
        trainer: The trainer whose reward is shown.
        settings: Stores its position.
        clock: Returns seconds, like :func:`time.monotonic`.
    """

    def __init__(self, trainer: TrainerPort, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._trainer, self._settings, self._clock = trainer, settings, clock
        self._frame: Any = None
        self._overlay: Overlay | None = None
        self._check_at = 0.0

    def update(self) -> None:
        """Updates the overlay. Called once a frame."""
        now = self._clock()
        if now >= self._check_at:
            self._check_at = now + _CHECK_INTERVAL
            self._follow()
        if self._overlay is not None:
            self._overlay.update()

    def toggle(self) -> None:
        """Hides or shows the reward."""
        if self._overlay is not None:
            self._overlay.toggle()

    def destroy(self) -> None:
        """Removes the overlay."""
        if self._overlay is not None:
            self._overlay.destroy()
        self._overlay = self._frame = None

    def _follow(self) -> None:
        window = active_viewport_window()
        # a viewport that was closed and opened again has the same title and a new frame
        frame = None if window is None else window.get_frame(f"{EXTENSION}.overlay")
        if frame is not self._frame:
            self.destroy()
            if frame is not None:
                self._frame, self._overlay = frame, Overlay(frame, self._trainer, self._settings)


def active_viewport_window() -> Any:
    """Returns the window of Kit's active viewport, or None."""
    utility = optional("omni.kit.viewport.utility")
    return None if utility is None else utility.get_active_viewport_window()


def _set_updates(api: Any, enabled: bool) -> None:
    # omni.kit.widget.viewport returns weak references, which are dead after the viewport was closed
    with contextlib.suppress(ReferenceError):
        if api.updates_enabled != enabled:
            api.updates_enabled = enabled


def reads_cameras(env: Any) -> bool:
    """Returns whether an environment's observations come from Kit's renderer."""
    return bool(env.sim.get_setting("/isaaclab/render/rtx_sensors"))
