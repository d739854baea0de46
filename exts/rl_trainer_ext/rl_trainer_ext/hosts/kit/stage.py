# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Protects the user's open stage, which a run replaces: asks before the run, and offers to reopen it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import carb.eventdispatcher
import omni.ui as ui

from ...training.commands import Command, Load, Play, Reload, Stop, Train, TrainerPort, Trust
from ...training.snapshot import Snapshot, State
from ...ui.widgets import style
from .names import EXTENSION, TITLE, optional
from .run_stage import RunStage

_RUNNING = (State.LAUNCHING, State.TRAINING, State.PLAYING, State.PAUSED)


class OpenStage:
    """The open stage in Kit."""

    @property
    def _context(self) -> Any:
        usd = optional("omni.usd")
        return None if usd is None else usd.get_context()

    @property
    def unsaved(self) -> bool:
        """Whether it has unsaved changes."""
        context = self._context
        return context is not None and context.get_stage() is not None and bool(context.has_pending_edit())

    @property
    def file(self) -> str:
        """Its file; empty if it was never saved."""
        context = self._context
        if context is None or context.get_stage() is None or context.is_new_stage():
            return ""
        return str(context.get_stage_url())

    def save(self, done: Callable[[bool], None]) -> None:
        """Saves it, after asking for a file if it has none; then calls ``done`` with whether it was saved."""
        window = optional("omni.kit.window.file")
        if window is not None:
            window.save(lambda saved, url: done(bool(saved)))
        else:
            done(bool(self._context.save_stage()))

    def open(self, file: str) -> None:
        """Opens a file."""
        self._context.open_stage(file)

    def observe(self, closing: Callable[[Any], None], opened: Callable[[Any], None]) -> list[Any]:
        """Calls ``closing`` before a stage is closed and ``opened`` after one was opened.

        Returns:
            The subscriptions; dropping them ends the calls.
        """
        usd = optional("omni.usd")
        if usd is None:
            return []
        return [
            carb.eventdispatcher.get_eventdispatcher().observe_event(
                event_name=self._context.stage_event_name(event), on_event=handle, observer_name=f"{EXTENSION}.stage"
            )
            for event, handle in ((usd.StageEventType.CLOSING, closing), (usd.StageEventType.OPENED, opened))
        ]


class StageGuard:
    """Passes the panel's commands to the trainer; asks first when a run would replace an unsaved stage.

    Args:
        trainer: Receives the commands.
        stage: The open stage.
        run_stage: The stage of the run.
        offer: Called after a run with the file that the run replaced.
        busy: Whether the task works, so that Isaac Lab causes the present changes of the stage.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        stage: OpenStage,
        run_stage: RunStage,
        offer: Callable[[str], None],
        busy: Callable[[], bool],
    ) -> None:
        self._trainer, self._stage, self._run_stage = trainer, stage, run_stage
        self._offer, self._busy = offer, busy
        self._question: Question | None = None
        self._replaced = ""
        self._opening = False
        self._observers = stage.observe(self._stop_if_closed, self._stop_if_replaced)

    def request(self, command: Command) -> None:
        """Passes a command on; asks before one that would replace unsaved changes."""
        starts = isinstance(command, Train | Play | Load | Trust) or (isinstance(command, Reload) and command.then)
        if not starts or self._trainer.snapshot().state is not State.IDLE:
            self._trainer.request(command)
            return
        self._close_question()
        if self._stage.unsaved:
            self._question = Question(lambda: self._save_first(command), lambda: self._start(command))
        else:
            self._start(command)

    def snapshot(self) -> Snapshot:
        """Returns the trainer's snapshot."""
        return self._trainer.snapshot()

    def update(self, snapshot: Snapshot) -> None:
        """Detects the end of a run. Called once a frame."""
        if snapshot.state is not State.IDLE:
            self._opening = False
        elif self._replaced and not self._opening:
            file, self._replaced = self._replaced, ""
            if not self._stage.file:
                self._offer(file)

    def close(self) -> None:
        """Stops observing the stage."""
        self._observers.clear()
        self._close_question()

    def _start(self, command: Command) -> None:
        self._replaced, self._opening = self._stage.file, True
        self._trainer.request(command)

    def _save_first(self, command: Command) -> None:
        def done(saved: bool) -> None:
            if saved:
                self._start(command)

        self._stage.save(done)

    def _stop_if_closed(self, event: Any) -> None:
        """Stops the run if the user closes its stage. Before it is attached, Kit closes the user's own stage."""
        if self._run_stage.is_open() and not self._busy():
            self._stop()

    def _stop_if_replaced(self, event: Any) -> None:
        """Stops the run if the user opens another stage, even before the run's stage is attached."""
        if self._run_stage.another_is_open():
            self._stop()

    def _stop(self) -> None:
        if self._trainer.snapshot().state in _RUNNING:
            self._trainer.request(Stop())

    def _close_question(self) -> None:
        if self._question is not None:
            self._question.destroy()
            self._question = None


class Question:
    """Asks in a modal window: Save, Discard or Cancel.

    Args:
        save: Called after a click on Save.
        discard: Called after a click on Discard.
    """

    def __init__(self, save: Callable[[], None], discard: Callable[[], None]) -> None:
        flags = ui.WINDOW_FLAGS_NO_RESIZE | ui.WINDOW_FLAGS_NO_COLLAPSE | ui.WINDOW_FLAGS_NO_SCROLLBAR
        flags |= ui.WINDOW_FLAGS_MODAL | ui.WINDOW_FLAGS_NO_DOCKING
        self._window = ui.Window(f"{TITLE}: unsaved stage", width=430, height=130, flags=flags)
        with self._window.frame, ui.ZStack(style=style.STYLE):
            ui.Rectangle(name="background")
            with ui.HStack():
                ui.Spacer(width=10)
                with ui.VStack(spacing=8):
                    ui.Spacer(height=2)
                    ui.Label(
                        "The open stage has unsaved changes, and the run will replace it with its own stage.",
                        word_wrap=True,
                        identifier="unsaved_stage",
                    )
                    ui.Spacer()
                    with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                        self._button("Save", "stage_save", "Save the stage, then start the run.", save)
                        self._button("Discard", "stage_discard", "Start the run; the changes are lost.", discard)
                        self._button("Cancel", "stage_cancel", "Keep the stage, start nothing.", None)
                    ui.Spacer(height=4)
                ui.Spacer(width=10)

    def _button(self, text: str, identifier: str, tooltip: str, answer: Callable[[], None] | None) -> None:
        def clicked() -> None:
            self._window.visible = False
            if answer is not None:
                answer()

        ui.Button(text, identifier=identifier, tooltip=tooltip, clicked_fn=clicked)

    def destroy(self) -> None:
        """Removes the window."""
        self._window.visible = False
        self._window.destroy()


def file_name(url: str) -> str:
    """Returns the last part of a file's URL."""
    return PurePath(url).name or url
