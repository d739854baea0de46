# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The host without Isaac Sim: viewport and panel in a window, or offscreen where there is no display."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...frames.sharing import ACTIVE_SECONDS, QUIET_FRAME, UNSEEN_FRAME
from ...system.machine import Machine
from ...training.elsewhere import Elsewhere
from ...training.queue.file import QueueFile
from ...training.queue.runner import QueueRunner
from ...training.snapshot import Snapshot, State
from ...training.trainer import Trainer
from ...training.where import options_of
from ...ui.widgets.settings import task_modules
from ...viewport.newton.viewport import NewtonViewport
from ..engines import all_engines
from ..processes.export import begin_leapp_export
from ..processes.own_command import (
    begin_evaluation,
    begin_film,
    begin_periodic_evaluation,
    begin_policy_export,
)
from ..processes.queued_run import RunLauncher
from ..processes.sweep_program import SweepProgram
from ..processes.task_reader import TaskReader
from ..processes.tensorboard import TensorBoard
from ..processes.thumbnails import Thumbnails
from ..ray.installed import ray_problem
from .desktop import Desktop
from .frames import FrameLoop
from .main_window import PANEL_WIDTH, MainWindow
from .omni_ui import mouse_position
from .settings import config_folder
from .software_rendering import lower_rasterizer_priority
from .tab import Tab, TabWithKeys

if TYPE_CHECKING:  # the package imports omni.ui, which has to be loaded by load_omni_ui
    from ...ui.queue.pane import QueuePane
    from ...ui.runs.browser import RunBrowser
    from ...ui.sweep.pane import SweepPane
    from ...ui.terms.pane import TermsPane
    from ...ui.widgets.settings import Settings

IDLE_FRAME_RATE = 30
RUNNING_FRAME_RATE = 60
"""Most frames per second while nothing runs, and while a playback in real time waits for its next step.

A training fills its frames; in full rendering each frame is one environment step and must not wait.
"""


QUIET_REFRESH, OFFSCREEN_REFRESH = 0.5, 1.0
"""Seconds between two updates of texts and curves while a training runs and the user is inactive, with and without a
window."""


class StandaloneApp:
    """The trainer, its panel and its viewport, frame by frame.

    Args:
        settings: Stores the user's choices.
        log_root: Directory below which runs are written.
        has_viewport: Whether there is a viewport beside the panel.
        offscreen: Whether there is no window. Only a window needs a frame to receive mouse input; without one, only
            changes are drawn.
        external: Modules of tasks to import besides those of the settings.
        queue_file: Keeps the queue when the program ends; None keeps nothing.
        desktop: Opens files and links; None for the user's own.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        log_root: str = "logs",
        has_viewport: bool = True,
        offscreen: bool = False,
        external: Sequence[str] = (),
        queue_file: QueueFile | None = None,
        desktop: Desktop | None = None,
    ) -> None:
        import omni.ui as ui

        from ...ui.drive.steering import Steering
        from ...ui.panel.edited_box import ReloadOption
        from ...ui.panel.panel import Panel
        from ...ui.viewport.overlay import Overlay
        from ...ui.viewport.toolbar import HEIGHT
        from ...ui.viewport.view import ViewportView
        from .gamepad import GlfwGamepad

        self._desktop = Desktop() if desktop is None else desktop
        self.viewport = NewtonViewport() if has_viewport else None
        self.trainer = Trainer(
            self.viewport,
            huge_pages=True,
            task_modules=task_modules(settings, external),
            start_evaluation=begin_periodic_evaluation,
        )
        engines = all_engines()
        self.port = Elsewhere(self.trainer, engines, Path(log_root))
        """The trainer and the runs elsewhere, as the user interface sees them."""
        cameras = None if self.viewport is None else self.viewport.cameras
        self.frames = FrameLoop(self.trainer, self.viewport, UNSEEN_FRAME if offscreen else QUIET_FRAME, cameras)
        width = settings.get("panel_width", PANEL_WIDTH)
        reloads = functools.partial(ReloadOption.chosen, settings)
        self.queue = QueueRunner(self.trainer, RunLauncher(), queue_file, reloads)
        self.windows = MainWindow(has_viewport, width if isinstance(width, (int, float)) else PANEL_WIDTH)
        self.window = self.windows.panel
        self._reader = TaskReader()
        steering = Steering(self.trainer, settings, self._followed, GlfwGamepad())
        self.panel = Panel(
            self.window.frame,
            self.port,
            settings,
            log_root=log_root,
            has_viewport=self.viewport is not None,
            open_file=self._desktop.edit,
            cards=self._reader,
            clipboard=self._desktop,
            presets_folder=config_folder() / "presets",
            machine=Machine(),
            cameras=cameras,
            queue=self.queue if has_viewport else None,
            show_queue=lambda: self.windows.queue.focus(),
            show_terms=None if self.windows.terms is None else self.windows.terms.focus,
            show_sweeps=None if self.windows.sweep is None else self.windows.sweep.focus,
            steering=steering,
            places=options_of(engines),
        )
        self.windows.on_key(self.window, self.panel.key_pressed)
        self.changed = True
        """Whether to draw the last frame; without a window, only changed frames are drawn."""
        self.waits = False
        """Whether the last frame had no work: a run elsewhere is shown, and the user is inactive."""
        self.offscreen = offscreen
        self._drawn_before = False
        self._ui = ui
        self._rate: float | None = -1.0
        self._cameras = cameras
        self._shown = (State.LOADING, -1, 0)
        self._refreshed = 0.0
        self._parts: list[Panel | ViewportView | Overlay] = [self.panel]
        self._view: ViewportView | None = None
        self._settings, self._log_root = settings, Path(log_root)
        self._thumbnails = Thumbnails()
        windows = self.windows
        self.runs = TabWithKeys(windows, windows.runs, self._browser)
        """The run browser."""
        self.queue_tab = TabWithKeys(windows, windows.queue, self._queue_pane)
        self.sweeps = TabWithKeys(windows, windows.sweep, self._sweep_pane)
        self.terms = Tab(windows, windows.terms, self._terms_pane)
        self._tabs: tuple[Tab[Any], ...] = self.runs, self.queue_tab, self.sweeps, self.terms
        if self.viewport is not None:
            with self.windows.viewport.frame, ui.ZStack():
                below, above = ui.Frame(), ui.Frame()
            overlay = Overlay(above, self.port, settings, top=HEIGHT)
            view = ViewportView(below, self.viewport, self.trainer, settings, overlay, steering)
            self.windows.on_key(self.windows.viewport, view.key_pressed)
            self._view = view
            self._parts += [view, overlay]

    @property
    def last_input(self) -> float:
        """Time of the last use of mouse or keyboard, on the clock of :func:`time.perf_counter` [s]."""
        return self.windows.last_input

    def frame(self) -> Snapshot:
        """Runs one frame of the host, except for omni.ui's own drawing."""
        self.windows.update()
        self.frames.run_frame(self.last_input, self.windows.in_sight(self.windows.viewport))
        snapshot = self.trainer.snapshot()
        self.queue.update(snapshot)
        self.port.update()
        self._show_changes(self.port.snapshot())
        if not self._drawn_before and snapshot.state is not State.LOADING:
            # omni.ui has drawn frames while Isaac Lab was imported, and the viewport has not drawn yet
            self._drawn_before = True
            lower_rasterizer_priority()
        rate = round(1 / QUIET_FRAME) if self.waits else frame_rate(self.trainer.idle_until)
        if rate != self._rate:  # setting it wakes the coroutines that wait for a frame
            self._rate = rate
            self._ui.set_max_frame_rate(rate)
        return snapshot

    def _show_changes(self, snapshot: Snapshot) -> None:
        now, state = time.perf_counter(), snapshot.state
        camera = 0 if self._cameras is None else self._cameras.serial
        shown = (state, -1 if self.viewport is None else self.viewport.serial, camera)
        user_active = now - self.last_input < ACTIVE_SECONDS or self.windows.in_sight(self.windows.runs)
        # while the trainer is idle, frames are drawn, but a run elsewhere changes as rarely as one here
        trains, idle_until = state is State.TRAINING and not user_active, self.trainer.idle_until
        self.waits = trains and bool(snapshot.shown_elsewhere) and math.isinf(idle_until)
        quiet = self.waits or (trains and idle_until == 0.0)
        # the length of frames depends on steps and optimizer steps: being a little early must not cost a frame
        interval = OFFSCREEN_REFRESH if self.offscreen else QUIET_REFRESH
        refresh = not quiet or state is not self._shown[0] or now - self._refreshed >= 0.95 * interval
        picture = shown != self._shown
        # a window receives mouse input only when it is drawn
        self.changed = refresh or picture or not self.offscreen
        if not self.changed:
            self.frames.statistics.not_drawn()
        self._shown = shown
        if refresh:
            self._refreshed = now
            self.show()
        elif picture and self._view is not None:
            self._view.update()
            self.panel.show_cameras()

    def show(self) -> None:
        """Shows the trainer as it is now, in the panel and in the viewport."""
        for part in self._parts:
            part.update()
        for tab in self._tabs:
            tab.update()
        if self.terms.content is not None and not self.terms.in_sight:
            self.terms.content.sleep()

    def _followed(self) -> int | None:
        return None if self.viewport is None else self.viewport.followed

    def _terms_pane(self, frame: Any) -> TermsPane:
        from ...ui.terms.pane import TermsPane

        return TermsPane(frame, self.trainer, self._settings, self._followed)

    def _queue_pane(self, frame: Any) -> QueuePane:
        from ...ui.queue.pane import QueuePane, QueueServices

        services = QueueServices(self.panel.edit_entry, self._show_runs, self._desktop.copy)
        return QueuePane(frame, self.queue, services)

    def _sweep_pane(self, frame: Any) -> SweepPane:
        from ...ui.sweep.pane import SweepPane, SweepServices

        runner, missing = SweepProgram(self._log_root), ray_problem("A sweep")
        services = SweepServices(self._show_runs, runner, missing, self.windows.viewport.focus, mouse_position)
        return SweepPane(frame, self.port, self.panel, self._log_root, services)

    def _show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        self.windows.runs.focus()
        self.runs.filled().show_runs(folders, mean=mean)

    def _browser(self, frame: Any) -> RunBrowser:
        from ...ui.runs.browser import RunBrowser
        from ...ui.runs.services import Services

        services = Services(
            self._desktop,
            TensorBoard(self._log_root),
            begin_policy_export,
            begin_leapp_export,
            begin_film,
            begin_evaluation,
            self._thumbnails,
            mouse_position,
            self.windows.viewport.focus,
        )
        return RunBrowser(frame, self.port, self.panel, self._settings, self._log_root, services)

    def close(self) -> None:
        """Stops and saves the run, stores the panel's width and removes the windows."""
        if self.windows.panel_width is not None:
            self._settings.set("panel_width", self.windows.panel_width)
        self._reader.close()
        self.queue.close()
        self.trainer.close()
        if self.viewport is not None:
            self.viewport.close()
        self._thumbnails.close()
        for tab in self._tabs:
            tab.destroy()
        for part in self._parts:
            part.destroy()
        self.windows.destroy()


def frame_rate(idle_until: float) -> float | None:
    """Returns the most frames per second, or None for no limit, from the time when the trainer has work again."""
    if idle_until == 0.0:
        return None
    return IDLE_FRAME_RATE if math.isinf(idle_until) else RUNNING_FRAME_RATE
