# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue in a frame: a bar that starts and pauses it, the list of its entries, and the selected one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ...runs import as_text
from ...training.queue.commands import (
    DismissMessage,
    MoveEntry,
    PauseQueue,
    QueueCommand,
    QueuePort,
    QueueView,
    RemoveEntries,
    RunAgain,
    SkipEntry,
    StartQueue,
    StopAfterEntry,
    UndoRemove,
)
from ...training.queue.model import Entry, RunState
from ..widgets import keys, style
from ..widgets.fields import LabelledCheckBox
from ..widgets.message_bar import MessageBar
from ..widgets.pane import PaneFrame
from ..widgets.pending import Pending
from .details import EntryCommands, EntryDetails
from .entry_list import EntryList
from .words import status_words

_EMPTY = "The queue is empty.\nAdd to queue, in the panel below Train, adds what the panel's fields say."
_OVER = (RunState.FINISHED, RunState.STOPPED, RunState.FAILED, RunState.SKIPPED)


@dataclass(frozen=True)
class QueueServices:
    """What the host and the panel do for the window; None leaves out their buttons.

    Args:
        edit: Puts an entry back into the panel.
        show_runs: Shows the curves of runs in the run browser: their folders, and whether to draw mean and band.
        copy: Puts text on the clipboard.
    """

    edit: Callable[[Entry], None]
    show_runs: Callable[[Sequence[Path], bool], None]
    copy: Callable[[str], None] | None = None


class QueuePane:
    """Fills a frame. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        frame: The frame to fill; the host owns its window.
        queue: The queue.
        services: What the host and the panel do for it.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        frame: ui.Frame,
        queue: QueuePort,
        services: QueueServices,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue, self._services = queue, services
        self._pending = Pending()
        self._shown: QueueView | None = None
        self._pane = PaneFrame(frame)
        with self._pane.content():
            self._build_bar()
            self._status = ui.Label("", name="dim", height=18, elided_text=True, identifier="queue_status")
            with ui.ZStack():
                self._list = EntryList(self._show_selected)
                self._words = ui.Label(
                    _EMPTY, name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="queue_empty"
                )
            self._details = EntryDetails(self._commands(), queue.command_line)
            dismiss, undo = self._sending(DismissMessage()), self._sending(UndoRemove())
            self._message = MessageBar("queue", lambda: queue.view().message, dismiss, undo, clock, wrap=True)

    def _build_bar(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._start = ui.Button(
                "Start", name="primary", identifier="queue_start", clicked_fn=self._toggle, width=72
            )
            tooltip = "Stop the queue when all runs of the entry that trains now have ended."
            self._stop_after = LabelledCheckBox(
                "Stop after this one", "queue_stop_after", tooltip, self._stop_after_changed, stretch=True
            )
            self._clear = ui.Button(
                "Clear ended",
                identifier="queue_clear",
                tooltip="Remove the entries that have ended from the list. Their runs stay; Undo brings them back.",
                clicked_fn=self._pending.adding(self._clear_ended),
                width=88,
            )

    def _commands(self) -> EntryCommands:
        copy = self._services.copy
        return EntryCommands(
            up=self._with_entry(lambda entry: self._queue.request(MoveEntry(entry.number, -1))),
            down=self._with_entry(lambda entry: self._queue.request(MoveEntry(entry.number, 1))),
            skip=self._with_entry(lambda entry: self._queue.request(SkipEntry(entry.number))),
            remove=self._with_entry(lambda entry: self._queue.request(RemoveEntries((entry.number,)))),
            edit=self._with_entry(self._services.edit),
            again=self._with_entry(lambda entry: self._queue.request(RunAgain(entry.number))),
            resume=self._with_entry(lambda entry: self._queue.request(RunAgain(entry.number, resume=True))),
            curves=self._with_entry(self._show_curves),
            copy=None if copy is None else self._with_entry(lambda entry: copy(self._details.command)),
        )

    def _with_entry(self, act: Callable[[Entry], object]) -> Callable[[], None]:
        """Returns a callback that does something with the selected entry, in the next update."""

        def run() -> None:
            entry = self._list.selected
            if entry is not None:
                act(entry)

        return self._pending.adding(run)

    def _sending(self, command: QueueCommand) -> Callable[[], None]:
        return lambda: self._queue.request(command)

    def _toggle(self) -> None:
        self._queue.request(PauseQueue() if self._queue.view().started else StartQueue())

    def _stop_after_changed(self) -> None:
        self._queue.request(StopAfterEntry(self._stop_after.value))

    def _clear_ended(self) -> None:
        ended = tuple(entry.number for entry in self._queue.view().entries if entry.state in _OVER)
        self._queue.request(RemoveEntries(ended))

    def _show_curves(self, entry: Entry) -> None:
        folders = [Path(run.run_dir) for run in entry.runs if run.run_dir]
        if folders:
            self._services.show_runs(folders, len(folders) > 1)

    def _show_selected(self) -> None:
        self._details.show(self._list.selected)

    def update(self) -> None:
        """Updates everything that has changed. Called once a frame while the window is visible."""
        self._pending.run()
        view = self._queue.view()
        if view is not self._shown:
            before, self._shown = self._shown, view
            if before is None or before.entries is not view.entries:
                self._list.show(view.entries)
                self._show_selected()
                self._words.visible = not view.entries
                self._clear.enabled = any(entry.state in _OVER for entry in view.entries)
            if before is None or before.started is not view.started:
                self._start.text = "Pause" if view.started else "Start"
                self._start.set_tooltip(_PAUSE if view.started else _START)
            self._stop_after.value = view.stop_after
            self._status.text = as_text(status_words(view)) if view.entries else ""
        self._list.update()
        self._details.update()
        self._message.update()

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key; the callback for the host's ``window.set_key_pressed_fn``."""
        if not pressed or keys.is_typing():
            return
        codes, control, entry = keys.KEYS, bool(modifier & keys.CONTROL), self._list.selected
        if control and key == codes.z:
            self._queue.request(UndoRemove())
        elif control and key in (codes.up, codes.down) and entry is not None:
            self._queue.request(MoveEntry(entry.number, -1 if key == codes.up else 1))
        elif modifier & (keys.CONTROL | keys.ALT):
            return
        elif key == codes.delete and entry is not None:
            self._queue.request(RemoveEntries((entry.number,)))
        else:
            self._list.key_pressed(key)

    def destroy(self) -> None:
        """Clears the frame."""
        self._pane.destroy()


_START = "Train the waiting runs, one after another; continue a run that was paused."
_PAUSE = "Start no further run, and pause the one that trains in this process."
