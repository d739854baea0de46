# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The selected entry: what can be done with it, how its runs stand, and its command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.queue.model import AGAIN, Entry, QueuedRun, RunState
from ..widgets import style
from ..widgets.row_list import RowList
from .words import changes, result_words, run_words

_RUN_ROW, _MOST_RUN_ROWS = 18, 5
_COMMAND_HEIGHT = 62


@dataclass(frozen=True)
class EntryCommands:
    """The callbacks of the buttons."""

    up: Callable[[], None]
    down: Callable[[], None]
    skip: Callable[[], None]
    remove: Callable[[], None]
    edit: Callable[[], None]
    again: Callable[[], None]
    resume: Callable[[], None]
    curves: Callable[[], None]
    copy: Callable[[], None] | None
    """None where the host has no clipboard."""


class EntryDetails:
    """Built into the current layout.

    Args:
        commands: The callbacks of the buttons.
        command_line: Returns the command lines of an entry.
    """

    def __init__(self, commands: EntryCommands, command_line: Callable[[Entry], str]) -> None:
        self._command_line = command_line
        self._shown: Entry | None = None
        self.command = ""
        """The command lines that are shown."""
        self._root = ui.VStack(height=0, spacing=4, visible=False)
        with self._root:
            self._build_buttons(commands)
            self._changes = ui.Label("", name="dim", elided_text=True, identifier="queue_changes")
            self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="queue_problem")
            self._result = ui.Label("", elided_text=True, visible=False, identifier="queue_result")
            self._frame = ui.Frame(height=_RUN_ROW)
            with self._frame:
                self._runs: RowList[QueuedRun, ui.Label] = RowList(
                    "queue_runs", self._build_run, self._fill_run, _RUN_ROW
                )
            self._build_command(commands)

    def _build_buttons(self, commands: EntryCommands) -> None:
        def button(text: str, identifier: str, tooltip: str, clicked: Callable[[], None]) -> ui.Button:
            return ui.Button(
                text, identifier=f"queue_{identifier}", tooltip=tooltip, clicked_fn=clicked, width=ui.Fraction(1)
            )

        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            button("Up", "up", "Train it earlier (Ctrl+↑).", commands.up)
            button("Down", "down", "Train it later (Ctrl+↓).", commands.down)
            tooltip = "Do not train what still waits of it; stop and save the run that trains."
            self._skip = button("Skip", "skip", tooltip, commands.skip)
            self._remove = button("Remove", "remove", "Remove it from the queue (Del). Its runs stay.", commands.remove)
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            tooltip = "Put its settings back into the panel, to change it."
            self._edit = button("Edit", "edit", tooltip, commands.edit)
            tooltip = "Train what did not finish again, from the beginning."
            self._again = button("Run again", "again", tooltip, commands.again)
            tooltip = "Resume the trainings that did not finish from their last checkpoints, with the iterations left."
            self._resume = button("Resume", "resume", tooltip, commands.resume)
            tooltip = "Show the curves of its runs in the run browser; of several seeds, mean and band."
            self._curves = button("Curves", "curves", tooltip, commands.curves)

    def _build_command(self, commands: EntryCommands) -> None:
        with ui.HStack(height=_COMMAND_HEIGHT, spacing=4):
            tooltip = "The command lines that train this entry, one for each seed."
            with ui.ZStack(tooltip=tooltip):
                ui.Rectangle(name="field")
                with ui.ScrollingFrame(**style.NO_HORIZONTAL), ui.HStack(height=0):
                    ui.Spacer(width=6)
                    self._command = ui.Label("", word_wrap=True, name="dim", identifier="queue_command")
                    ui.Spacer(width=6)
            if commands.copy is not None:
                with ui.VStack(width=52):
                    ui.Button(
                        "Copy",
                        identifier="queue_copy",
                        tooltip="Copy the command lines.",
                        clicked_fn=commands.copy,
                        height=style.ROW_HEIGHT,
                    )

    def show(self, entry: Entry | None) -> None:
        """Shows an entry; None hides everything. To be called between frames."""
        if entry is self._shown:
            return
        before, self._shown = self._shown, entry
        self._root.visible = entry is not None
        if entry is None:
            return
        states = {run.state for run in entry.runs}
        self._skip.enabled = bool(states & {RunState.WAITING, RunState.RUNNING})
        self._remove.enabled = self._edit.enabled = not entry.running
        self._again.enabled = bool(states & set(AGAIN))
        self._resume.enabled = any(run.state in AGAIN and run.run_dir for run in entry.runs)
        self._curves.enabled = any(run.run_dir for run in entry.runs)
        self._changes.text = as_text(changes(entry))
        self._changes.set_tooltip(self._changes.text)
        self._changes.visible = bool(self._changes.text)
        self._problem.text = as_text(" ".join(filter(None, (entry.problem, entry.note))))
        self._problem.visible = bool(self._problem.text)
        self._result.text = result_words(entry)
        self._result.visible = bool(self._result.text)
        self._runs.items = entry.runs
        self._frame.height = ui.Pixel(_RUN_ROW * min(len(entry.runs), _MOST_RUN_ROWS))
        if before is None or before.request != entry.request or before.number != entry.number:
            self.command = self._command_line(entry)
            self._command.text = as_text(self.command)

    def update(self) -> None:
        """Follows the scroll bar of the runs. Called once a frame."""
        if self._shown is not None:
            self._runs.update()

    def _build_run(self, number: int) -> ui.Label:
        with ui.HStack():
            ui.Spacer(width=4)
            return ui.Label("", name="dim", elided_text=True, identifier=f"queue_run:{number}")

    def _fill_run(self, label: ui.Label, run: QueuedRun, index: int) -> None:
        label.text = run_words(run)
        label.set_tooltip(as_text("\n".join(filter(None, (run.run_dir, run.problem, run.note)))))
