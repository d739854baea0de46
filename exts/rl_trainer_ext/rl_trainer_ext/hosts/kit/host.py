# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The host in Kit and Isaac Sim: a docked window with the panel, and a slice of training in each frame."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import carb.eventdispatcher
import omni.kit.app
import omni.ui as ui

from ... import wording
from ...frames.cooperative import next_frame
from ...system.machine import Machine
from ...training.elsewhere import Elsewhere
from ...training.queue.file import QueueFile
from ...training.queue.runner import QueueRunner
from ...training.snapshot import Snapshot, State
from ...training.trainer import Trainer
from ...training.where import options_of
from ...ui.drive.steering import Steering
from ...ui.panel.edited_box import ReloadOption
from ...ui.panel.panel import Panel
from ...ui.panel.render_mode_choice import cycle_render_mode
from ...ui.panel.task_cards import NO_CARDS, TaskCards
from ...ui.queue.pane import QueueServices
from ...ui.widgets.settings import task_modules
from ...ui.widgets.weak import weak_callback
from ..console import ConsoleLog
from ..engines import all_engines
from ..processes.own_command import begin_periodic_evaluation
from ..processes.queued_run import RunLauncher
from ..processes.task_reader import TaskReader
from ..standalone.settings import config_folder
from .drive_input import ArrowKeys, KitGamepad
from .frames import KitFrameLoop
from .keys import PANEL_KEYS, QUEUE_KEYS, RUNS_KEYS, SWEEP_KEYS, WindowKeys
from .names import QUEUE_TITLE, RUNS_TITLE, SWEEP_TITLE, TERMS_TITLE, TITLE
from .packages import check_kit
from .queue import QueueWindow
from .runs import RunsWindow
from .services import FilePicker, KitDesktop, KitSettings, LastInput, MenuAndActions, log_root, notify
from .simulation import RunningKit, stop_timeline
from .stage import OpenStage, StageGuard, file_name
from .sweep import SweepWindow
from .terms import TermsWindow
from .timeline import TimelineLink
from .updates import PhysicsHold, Updates
from .viewport import KitViewport, ViewportOverlay, active_viewport_window
from .windows import DockedWindow

SIZE = (440, 900)
"""Width and height of the undocked window [pixels]."""

_STEPPING = (State.TRAINING, State.PLAYING, State.STOPPING)

ORDER = 5
"""Position of the training in Kit's frame: after timeline and stage, before omni.ui and the renderer."""


class KitHost:
    """Creates everything that the extension has in Kit; :meth:`close` removes it.

    Args:
        ext_id: Name and version of the extension, from Kit.
    """

    def __init__(self, ext_id: str) -> None:
        self._ext_id = ext_id
        self._status = ""
        self._camera_notice = ""
        self._at_work = False
        self._updates, self._physics, self._kit = Updates(), PhysicsHold(), RunningKit()
        settings, root = KitSettings(), log_root()
        self._settings = settings
        # if one part cannot be opened, those opened before are closed
        with contextlib.ExitStack() as opened:
            self._console = opened.enter_context(contextlib.closing(ConsoleLog()))
            self.viewport = opened.enter_context(contextlib.closing(KitViewport(self._updates)))
            huge_pages = bool(settings.get("huge_pages", False))
            self.trainer = Trainer(
                self.viewport,
                self._prepare,
                check_kit,
                self._kit.admit,
                huge_pages,
                task_modules(settings),
                begin_periodic_evaluation,
            )
            self.frames = KitFrameLoop(self.trainer, self.viewport, cameras=self.viewport.cameras)
            self._stage = OpenStage()
            self._guard = StageGuard(
                self.trainer, self._stage, self._kit.stage, self._offer_stage, lambda: self._at_work
            )
            opened.callback(self._guard.close)
            engines = all_engines()
            self.port = Elsewhere(self._guard, engines, Path(root))
            reloads = functools.partial(ReloadOption.chosen, settings)
            self.queue = QueueRunner(self._guard, RunLauncher(), QueueFile(config_folder()), reloads)
            opened.callback(self.queue.close)
            link = TimelineLink(self.trainer, self.viewport.sync_poses)
            self._timeline = opened.enter_context(contextlib.closing(link))
            self._input = opened.enter_context(contextlib.closing(LastInput()))
            self._picker = opened.enter_context(contextlib.closing(FilePicker(root)))
            self.window = ui.Window(TITLE, width=SIZE[0], height=SIZE[1], padding_x=0, padding_y=0)
            opened.callback(_close_window, self.window)
            gamepad = opened.enter_context(contextlib.closing(KitGamepad()))
            steering = Steering(self.port, settings, gamepad=gamepad, arrows_only=True)
            opened.enter_context(contextlib.closing(ArrowKeys(steering, active_viewport_window)))
            self.panel = Panel(
                self.window.frame,
                self.port,
                settings,
                browse=self._picker.browse if self._picker.available else None,
                log_root=root,
                has_viewport=active_viewport_window() is not None,
                open_file=KitDesktop().edit,
                clipboard=KitDesktop(),
                presets_folder=config_folder() / "presets",
                cards=self._task_cards(opened),
                machine=Machine(),
                cameras=self.viewport.cameras,
                markers=None if active_viewport_window() is None else self.viewport,
                queue=self.queue,
                show_queue=weak_callback(self._show_queue),
                show_terms=weak_callback(self._show_terms),
                show_sweeps=weak_callback(self._show_sweeps),
                places=options_of(engines),
                steering=steering,
            )
            opened.callback(self.panel.destroy)
            self._overlay = ViewportOverlay(self.trainer, settings)
            opened.callback(self._overlay.destroy)
            self.runs = RunsWindow(self.port, self.panel, settings, root)
            opened.callback(self.runs.destroy)
            services = QueueServices(self.panel.edit_entry, self.runs.show_runs, KitDesktop().copy)
            self.queue_window = QueueWindow(self.queue, services)
            opened.callback(self.queue_window.destroy)
            self.terms_window = TermsWindow(self.trainer, settings)
            opened.callback(self.terms_window.destroy)
            self.sweep_window = SweepWindow(self.port, self.panel, root, self.runs.show_runs)
            opened.callback(self.sweep_window.destroy)
            entries = {
                TITLE: ("toggle_window", self._is_shown),
                RUNS_TITLE: ("toggle_runs", self.runs.is_shown),
                QUEUE_TITLE: ("toggle_queue", self.queue_window.is_shown),
                TERMS_TITLE: ("toggle_terms", self.terms_window.is_shown),
                SWEEP_TITLE: ("toggle_sweeps", self.sweep_window.is_shown),
            }
            self._menu = opened.enter_context(contextlib.closing(MenuAndActions(self._actions(), entries)))
            for window, handle, wanted in (
                (self.window, self.panel.key_pressed, PANEL_KEYS),
                (self.runs.window, self.runs.key_pressed, RUNS_KEYS),
                (self.queue_window.window, self.queue_window.key_pressed, QUEUE_KEYS),
                (self.sweep_window.window, self.sweep_window.key_pressed, SWEEP_KEYS),
            ):
                opened.enter_context(contextlib.closing(WindowKeys(window, handle, wanted)))
            self._arrange_windows()
            opened.callback(ui.Workspace.set_show_window_fn, TITLE, None)
            opened.callback(self._stop_now)
            self._observers = self._observe()
            opened.callback(self._observers.clear)
            self._opened = opened.pop_all()

    # The window

    def _arrange_windows(self) -> None:
        self.window.set_visibility_changed_fn(weak_callback(self._shown_or_hidden))
        for other in self._others:
            other.window.set_visibility_changed_fn(weak_callback(self._other_shown_or_hidden))
        self.window.deferred_dock_in("Property", ui.DockPolicy.CURRENT_WINDOW_IS_ACTIVE)
        # so that a layout of Kit with this window shows it
        ui.Workspace.set_show_window_fn(TITLE, weak_callback(self.show))
        self.window.visible = bool(self._settings.get("visible", True))

    def show(self, visible: bool) -> None:
        """Shows or hides the window; a run continues."""
        self.window.visible = visible

    def _is_shown(self) -> bool:
        return bool(self.window.visible)

    def _shown_or_hidden(self, visible: bool) -> None:
        self._settings.set("visible", visible)
        self._menu.refresh()

    def _other_shown_or_hidden(self, visible: bool) -> None:
        self._menu.refresh()

    def _task_cards(self, opened: contextlib.ExitStack) -> TaskCards:
        """Returns what reads all tasks in a process beside Kit, unless the user wants none."""
        if not self._settings.get("read_tasks", True):
            return NO_CARDS
        return opened.enter_context(contextlib.closing(TaskReader()))

    def _actions(self) -> dict[str, tuple[str, str, Callable[[], None]]]:
        return {
            "toggle_window": ("Show RL Trainer", "Shows or hides the RL Trainer window.", weak_callback(self._toggle)),
            "toggle_runs": ("Show runs", "Shows or hides the run browser.", weak_callback(self.runs.toggle)),
            "toggle_queue": ("Show queue", "Shows or hides the queue.", weak_callback(self.queue_window.toggle)),
            "toggle_terms": (
                *("Show terms", "Shows or hides the terms of one environment."),
                weak_callback(self.terms_window.toggle),
            ),
            "toggle_sweeps": ("Show sweeps", "Shows or hides the sweeps.", weak_callback(self.sweep_window.toggle)),
            "add_to_queue": ("Add to queue", "Presses Add to queue.", weak_callback(self.panel.press_add)),
            "train": ("Train", "Presses the Train button.", weak_callback(self.panel.press_train)),
            "load": ("Load", "Presses the Load button.", weak_callback(self.panel.press_load)),
            "play": ("Play", "Presses the Play button.", weak_callback(self.panel.press_play)),
            "pause": ("Pause or continue", "Presses the Pause button.", weak_callback(self.panel.press_pause)),
            "stop": ("Stop", "Presses the Stop button.", weak_callback(self.panel.press_stop)),
            "cycle_render_mode": ("Next render mode", "Full, partial or no rendering.", weak_callback(self._next_mode)),
            "toggle_overlay": ("Reward in the viewport", "Shows or hides it.", weak_callback(self._overlay.toggle)),
        }

    def _show_queue(self) -> None:
        self.queue_window.show()

    def _show_terms(self) -> None:
        self.terms_window.show()

    def _show_sweeps(self) -> None:
        self.sweep_window.show()

    def _toggle(self) -> None:
        self.show(not self.window.visible)

    def _next_mode(self) -> None:
        cycle_render_mode(self.trainer)

    # The frame

    def _observe(self) -> list[Any]:
        dispatcher = carb.eventdispatcher.get_eventdispatcher()
        return [
            dispatcher.observe_event(
                event_name=event, on_event=weak_callback(handle), observer_name=self._ext_id, order=order
            )
            for event, handle, order in (
                (omni.kit.app.GLOBAL_EVENT_UPDATE, self._update, ORDER),
                (omni.kit.app.GLOBAL_EVENT_PRE_SHUTDOWN, self._kit_closes, 0),
            )
        ]

    def _update(self, event: Any) -> None:
        """Runs the extension's part of Kit's frame. Only this continues the training."""
        if self._at_work or (not self._any_window and self._idle):
            return  # no window is visible and nothing runs: do not even import Isaac Lab
        self._at_work = True
        try:
            self._work()
        finally:
            self._at_work = False
        snapshot = self.trainer.snapshot()
        self.queue.update(snapshot)
        self.port.update()
        if snapshot.state is State.IDLE:
            self._kit.restore()
        elif snapshot.state is not State.LOADING and not self._updates.waiting:
            self._physics.hold()
        self._timeline.update(snapshot.state)
        self._guard.update(snapshot)
        self._tell(snapshot)
        self._overlay.update()
        if self.window.visible:
            self.panel.update()
        for other in self._others:
            other.update()

    def _work(self) -> None:
        self._physics.release()
        with self._updates.updates_wait_for_next_frame(), contextlib.ExitStack() as redirected:
            # not earlier: modules imported while streams are redirected may keep the redirected ones
            if self.trainer.snapshot().state in _STEPPING:
                redirected.enter_context(contextlib.redirect_stdout(self._console))
                redirected.enter_context(contextlib.redirect_stderr(self._console))
            self.frames.run_frame(self._input.time)

    @property
    def _idle(self) -> bool:
        still = self.trainer.snapshot().state in (State.IDLE, State.LOADING) and not self._kit.prepared
        return still and self.queue.view().current is None and not self.queue.view().started

    @property
    def _any_window(self) -> bool:
        return bool(self.window.visible) or any(each.is_shown() for each in self._others)

    @property
    def _others(self) -> tuple[DockedWindow, ...]:
        return self.runs, self.queue_window, self.terms_window, self.sweep_window

    # A run

    def _prepare(self) -> None:
        stop_timeline()
        next_frame()  # the timeline stops in it, and physics with it
        self._kit.prepare()
        self._camera_notice = ""

    def _tell(self, snapshot: Snapshot) -> None:
        """Reports the result of a run as a notification of Kit."""
        if not snapshot.playing:
            self._console.attach(snapshot.run_dir)
        if self.viewport.always_drawn and snapshot.viewport_problem != self._camera_notice:
            self._camera_notice = snapshot.viewport_problem
            notify(self._camera_notice)
        before, self._status = self._status, snapshot.status
        if before != "running" or snapshot.status == "running" or snapshot.config is None:
            return
        preview = snapshot.run is not None and snapshot.run.preview is not None
        kind = "Preview" if preview else "Playback" if snapshot.playing else "Training"
        what = f"{kind} of {snapshot.config.task} {snapshot.status}"
        if snapshot.failure is not None:
            notify(f"{what}: {snapshot.failure.message}", warning=True)
        elif not snapshot.playing:
            reward = "" if snapshot.mean_reward is None else f", mean reward {wording.number(snapshot.mean_reward)}"
            notify(f"{what} after {snapshot.iteration} iterations{reward}.")

    def _offer_stage(self, file: str) -> None:
        notify(
            f"The run has replaced {file_name(file)}.",
            # the notification may outlive this host
            button=(f"Open {file_name(file)} again", functools.partial(self._stage.open, file)),
        )

    # The end

    def _kit_closes(self, event: Any) -> None:
        self._stop_now(open_stage=False)

    def _stop_now(self, open_stage: bool = True) -> None:
        """Stops and saves the run and closes its environment.

        Runs the frames of Kit that Isaac Lab requests while closing, such as those in which PhysX cleans up.
        """
        self._physics.release()
        self._at_work = True
        try:
            with self._updates.updates_wait_for_next_frame():
                self.trainer.close(self._updates.run_frame_if_waiting)
        finally:
            self._at_work = False
        self._kit.restore(open_stage)

    def close(self) -> None:
        """Removes everything, in reverse order; nothing of the extension stays in Kit."""
        self._opened.close()


def _close_window(window: ui.Window) -> None:
    # closing it here is not the user's choice
    window.set_visibility_changed_fn(None)
    window.visible = False
    window.destroy()
