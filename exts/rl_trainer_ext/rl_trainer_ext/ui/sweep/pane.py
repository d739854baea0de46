# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The sweeps in a frame: those of the log root, the trials of the selected one, and the selected trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import omni.ui as ui

from ...errors import UserError
from ...runs import Checkpoint, Run, as_text, list_checkpoints, read_run
from ...training.commands import TrainerPort
from ...training.snapshot import State
from ...training.sweep.following import KnownSweep, SweepList
from ...training.sweep.spec import SweepSpec
from ...training.sweep.trials import Trial
from ..runs.actions import RunActions
from ..runs.services import PanelPort as RunPanel
from ..widgets import keys, style
from ..widgets.fields import LabelledCheckBox
from ..widgets.message_bar import MessageBar
from ..widgets.pane import PaneFrame
from ..widgets.pending import Pending
from .charts import SweepCharts
from .columns import status_words
from .details import TrialCommands, TrialDetails
from .editor import FormPort, SweepEditor
from .sweep_list import ROW_HEIGHT, SweepRows
from .table import TrialTable

_STOP = "End all trials of the selected sweep, each with its last checkpoint. Resume continues it."
_RESUME = "Continue the selected sweep: trials that have ended are kept, the others resume from their last checkpoints."
_CHART_HEIGHT = 260
_LISTED = 4
"""The most rows of the list of sweeps that are shown at once."""


class SweepRunner(Protocol):
    """Runs sweeps in processes that outlive this program."""

    def start(self, spec: SweepSpec) -> Path:
        """Starts a sweep, without waiting, and returns its folder.

        Raises:
            UserError: When it cannot be started; likewise in the next methods.
        """
        ...

    def resume(self, folder: Path) -> None:
        """Continues a sweep that was stopped, without waiting."""
        ...

    def stop(self, folder: Path) -> None:
        """Asks a sweep to save and end, without waiting."""
        ...

    def update(self) -> None:
        """Called once a frame while the window is visible."""
        ...


@dataclass(frozen=True)
class SweepServices:
    """What the host does for the window.

    Args:
        show_runs: Shows the curves of runs in the run browser: their folders, and whether to draw mean and band.
        runner: Runs sweeps.
        missing: Why no sweep can run here, with what to do about it; empty if one can.
        show_viewport: Brings the viewport to the front when a playback starts; None where it is beside the window.
        mouse: Returns the mouse's position in the application's window [points]; None if omni.ui reports every move.
    """

    show_runs: Callable[[Sequence[Path], bool], None]
    runner: SweepRunner
    missing: str = ""
    show_viewport: Callable[[], None] | None = None
    mouse: Callable[[], tuple[float, float]] | None = None


class PanelPort(RunPanel, Protocol):
    """The panel: it plays runs, and its fields are where a sweep begins."""

    @property
    def form(self) -> FormPort:
        """Its fields."""
        ...


class SweepPane:
    """Fills a frame. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        frame: The frame to fill; the host owns its window.
        trainer: The trainer that plays.
        panel: The panel that plays runs.
        log_root: The directory whose sweeps are listed.
        services: What the host does for it.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        frame: ui.Frame,
        trainer: TrainerPort,
        panel: PanelPort,
        log_root: Path,
        services: SweepServices,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trainer, self._panel, self._services = trainer, panel, services
        self._sweeps, self._clock = SweepList(log_root, clock), clock
        self._actions = RunActions(trainer, panel, lambda run_dir: None)
        self._pending = Pending()
        self._stopping: Path | None = None
        self._wanted: Path | None = None
        self._pane = PaneFrame(frame)
        with self._pane.content():
            self._build()
            act = self._actions
            self._message = MessageBar("sweep", lambda: act.message, act.forget_message, act.undo, clock, wrap=True)
        self._show_words()

    def _build(self) -> None:
        with ui.ZStack():
            self._sweeps_frame = ui.VStack(spacing=4)
            with self._sweeps_frame:
                self._build_bar()
                self._build_sweeps()
            self._editor = SweepEditor(self._panel.form, self._sweeps.log_root, self._start, self._services.missing)

    def _build_bar(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            ui.Button(
                "New sweep",
                identifier="sweep_new",
                tooltip="Make a sweep from the settings of the panel, or open the file of one.",
                clicked_fn=self._pending.adding(self._editor_opened),
            )
            self._edit = ui.Button(
                "Edit a copy",
                identifier="sweep_edit",
                tooltip="Make a sweep from the selected one.",
                enabled=False,
                clicked_fn=self._pending.adding(self._edit_copy),
            )
            self._stop = ui.Button(
                "Stop",
                identifier="sweep_stop",
                tooltip=_STOP,
                enabled=False,
                clicked_fn=self._pending.adding(self._stop_sweep),
            )
            self._resume = ui.Button(
                "Resume",
                identifier="sweep_resume",
                tooltip=self._services.missing or _RESUME,
                enabled=False,
                clicked_fn=self._pending.adding(self._resume_sweep),
            )

    def _build_sweeps(self) -> None:
        with ui.ZStack():
            self._content = ui.VStack(spacing=4, visible=False)
            with self._content:
                self._list_frame = ui.Frame(height=ROW_HEIGHT)
                with self._list_frame:
                    self._list = SweepRows(self._show_sweep)
                ui.Line(name="separator", height=1)
                self._status = ui.Label("", name="dim", word_wrap=True, height=0, identifier="sweep_words")
                self._problem = ui.Label(
                    "", name="warning", word_wrap=True, height=0, visible=False, identifier="sweep_problem"
                )
                with ui.HStack(height=style.ROW_HEIGHT):
                    tooltip = "Draw the trials: their curves, the value over a parameter, or parallel coordinates."
                    self._charts_wanted = LabelledCheckBox("Chart", "sweep_charts", tooltip, self._charts_toggled)
                self._charts_frame = ui.Frame(height=_CHART_HEIGHT, visible=False)
                with self._charts_frame:
                    self._charts = SweepCharts(self._services.mouse, self._clock)
                self._table = TrialTable(self._show_trial)
                commands = TrialCommands(
                    play=self._with_trial(self._play),
                    show=self._with_trial(lambda trial: self._services.show_runs([Path(trial.run_dir)], False)),
                    show_all=self._pending.adding(self._show_all),
                )
                self._details = TrialDetails(commands)
            self._empty = ui.Label(
                "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="sweep_empty"
            )

    @property
    def _sweep(self) -> KnownSweep | None:
        return self._list.selected

    def update(self) -> None:
        """Updates everything. Called once a frame while the window is visible, outside omni.ui's callbacks."""
        self._pending.run()
        self._actions.update(self._trainer.snapshot())
        self._services.runner.update()
        complete = self._sweeps.complete
        if self._sweeps.update():
            sweeps = self._sweeps.sweeps
            self._list_frame.height = ui.Pixel(ROW_HEIGHT * min(_LISTED, max(1, len(sweeps))))
            self._list.show(sweeps)
            if any(sweep.folder == self._wanted for sweep in sweeps):
                self._list.select(self._wanted)
                self._wanted = None
            self._show_sweep()
        if complete is not self._sweeps.complete:
            self._show_words()
        self._sweeps_frame.visible = not self._editor.is_open
        self._editor.update()
        if self._content.visible and not self._editor.is_open:
            self._list.update()
            if self._charts_frame.visible:
                self._charts.update()
            self._table.update()
        self._message.update()

    def _show_words(self) -> None:
        words = (
            f"No sweeps in {self._sweeps.log_root} yet.\nA sweep trains a task with several values of some settings."
            if self._sweeps.complete
            else "Looking for sweeps…"
        )
        self._empty.text = as_text(words)

    def _show_sweep(self) -> None:
        sweep = self._sweep
        self._content.visible, self._empty.visible = sweep is not None, sweep is None
        self._edit.enabled = sweep is not None and sweep.spec is not None
        view = None if sweep is None else sweep.view
        if view is None or view.folder != self._stopping or not view.active:
            self._stopping = None
        self._stop.enabled = view is not None and view.active and self._stopping is None
        self._stop.text = "Stop" if self._stopping is None else "Stopping…"
        self._resume.enabled = view is not None and view.can_resume and not self._services.missing
        if sweep is None:
            return
        self._status.text = as_text(status_words(sweep))
        problem = "" if sweep.view is None else sweep.view.problem
        self._problem.text, self._problem.visible = as_text(problem), bool(problem)
        self._table.show(sweep.view)
        self._show_trial()

    def _show_trial(self) -> None:
        self._details.show(self._table.selected)
        if self._charts_frame.visible and self._sweep is not None:
            self._charts.show(self._sweep.view, self._table.selected)

    def _charts_toggled(self) -> None:
        self._pending.add(self._show_charts)

    def _show_charts(self) -> None:
        self._charts_frame.visible = self._charts_wanted.value
        self._show_trial()

    def _start(self, spec: SweepSpec) -> None:
        folder = self._services.runner.start(spec)
        self._sweeps.look_again()
        self._wanted = folder
        self._editor.close()

    def _stop_sweep(self) -> None:
        self._with_folder(self._services.runner.stop, stopping=True)

    def _resume_sweep(self) -> None:
        self._with_folder(self._services.runner.resume, stopping=False)

    def _with_folder(self, act: Callable[[Path], None], stopping: bool) -> None:
        sweep = self._sweep
        if sweep is None:
            return
        try:
            act(sweep.folder)
        except UserError as error:
            self._actions.say(str(error), True)
            return
        self._stopping = sweep.folder if stopping else None
        self._show_sweep()

    def _editor_opened(self) -> None:
        self._editor.open()

    def _edit_copy(self) -> None:
        sweep = self._sweep
        if sweep is not None and sweep.spec is not None:
            self._editor.show(sweep.spec)
            self._editor.open()

    def _with_trial(self, act: Callable[[Trial], object]) -> Callable[[], None]:
        """Returns a callback that does something with the selected trial's run, in the next update."""

        def run() -> None:
            trial = self._table.selected
            if trial is not None and trial.run_dir:
                act(trial)

        return self._pending.adding(run)

    def _show_all(self) -> None:
        sweep = self._sweep
        if sweep is not None and sweep.view is not None:
            self._services.show_runs([Path(trial.run_dir) for trial in sweep.view.trials if trial.run_dir], False)

    def _play(self, trial: Trial) -> None:
        idle = self._trainer.snapshot().state is State.IDLE
        try:
            run, checkpoint = _best_of(Path(trial.run_dir))
        except UserError as error:
            self._actions.say(str(error), True)
            return
        if self._actions.play(run, checkpoint) and idle and self._services.show_viewport is not None:
            # a user who tries several trials stays here
            self._services.show_viewport()

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key; the callback for the host's ``window.set_key_pressed_fn``."""
        if not pressed or self._editor.key_pressed(key) or self._editor.is_open:
            return
        if keys.is_typing() or modifier & (keys.CONTROL | keys.ALT):
            return
        if not self._table.key_pressed(key) and key in (keys.KEYS.enter, keys.KEYS.keypad_enter):
            self._with_trial(self._play)()

    def destroy(self) -> None:
        """Clears the frame."""
        self._pane.destroy()


def _best_of(run_dir: Path) -> tuple[Run, Checkpoint]:
    """Returns the run in a folder, and its best checkpoint.

    Raises:
        UserError: When it has none.
    """
    run = read_run(run_dir)
    checkpoint = next(iter(list_checkpoints(run_dir)), None)  # the best is listed first
    if checkpoint is None:
        raise UserError("This trial has not saved a checkpoint yet: play it when it has.")
    return run, checkpoint
