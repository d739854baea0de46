# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The row of the panel that adds what its fields say to the queue."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...run_config import RunConfig
from ...runs import as_text
from ...training.queue.commands import AddEntry, ChangeEntry, QueuePort, QueueView
from ...training.queue.model import Entry, ProcessKind, Request
from ..widgets import style
from ..widgets.fields import Dropdown, TextField
from ..widgets.settings import Settings, remembered_text
from ..widgets.text import parse_seeds

PROCESS_LABELS = {
    ProcessKind.THIS: "In this process",
    ProcessKind.OWN: "In its own process",
    ProcessKind.ISAACLAB: "isaaclab train",
}


def summary(view: QueueView) -> str:
    """Returns what the queue does, in one line."""
    count = view.waiting
    waiting = "no run waits" if not count else "1 run waits" if count == 1 else f"{count} runs wait"
    entry = view.current_entry
    if entry is not None:
        return f"Queue: entry {entry.number} trains, {waiting}"
    if view.started:
        return f"Queue: {waiting}. {view.waits_for}"
    return f"Queue: {waiting}, not started" if count else "Queue: no run waits"


_ADD = (
    "Add a training with the settings below to the queue, also during a run.\n"
    "The queue trains its entries one after another: see its window."
)
_SEEDS = (
    "Seeds of the entry, such as 1,2,3: one run each, one after another, compared as mean and band.\n"
    "Empty: one run with the seed below."
)
_PROCESS = (
    "Where the entry trains: in this process, where the viewport shows it; in a process of its own, as\n"
    "rl-trainer train --headless; or as Isaac Lab's own command, isaaclab train, in a process of its own."
)


class QueueRow:
    """Built into the current layout.

    Args:
        queue: The queue.
        settings: Where the choices are remembered.
        add: Called when the user presses the button; calls :meth:`send` unless the fields are wrong.
        on_change: Called when the user changed something.
        show: Shows the window of the queue; None leaves its button out.
    """

    def __init__(
        self,
        queue: QueuePort,
        settings: Settings,
        add: Callable[[], object],
        on_change: Callable[[], None],
        show: Callable[[], None] | None = None,
    ) -> None:
        self._queue, self._settings, self._on_change = queue, settings, on_change
        self._editing: int | None = None
        self._ready: bool | None = None
        self._shown: QueueView | None = None
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            self._add = ui.Button(
                "Add to queue", identifier="queue_add", tooltip=_ADD, clicked_fn=add, width=ui.Fraction(1)
            )
            with ui.HStack(width=ui.Fraction(1)):
                self._seeds = TextField("queue_seeds", _SEEDS, "seeds 1,2,3", self._changed)
            with ui.HStack(width=ui.Fraction(1.3)):
                self._process = Dropdown("queue_process", _PROCESS, self._changed)
            self._cancel = ui.Button(
                "Cancel",
                identifier="queue_cancel",
                tooltip="Leave the entry of the queue as it is.",
                clicked_fn=self._end_editing,
                width=52,
                visible=False,
            )
        self._summary = ui.HStack(height=18, spacing=4, visible=False)
        with self._summary:
            self._words = ui.Label("", name="dim", elided_text=True, identifier="queue_words")
            if show is not None:
                ui.Button("Show", identifier="queue_show", tooltip="Show the queue.", clicked_fn=show, width=52)
        options = [(kind.value, label) for kind, label in PROCESS_LABELS.items()]
        self._process.set_options(options, remembered_text(settings, "queue_process", ProcessKind.THIS.value))
        self._seeds.value = remembered_text(settings, "queue_seeds")

    def _changed(self) -> None:
        if self._editing is None:
            self._settings.set("queue_process", self._process.value)
            self._settings.set("queue_seeds", self._seeds.value)
        self._on_change()

    def update(self, ready: bool) -> None:
        """Enables the button where a task and a library are chosen, and notices that an edited entry is gone."""
        if ready is not self._ready:
            self._ready = self._add.enabled = ready
        if self._editing is not None and all(entry.number != self._editing for entry in self._queue.view().entries):
            self._end_editing()
        view = self._queue.view()
        if view is not self._shown:
            self._shown = view
            problem = view.message.text if view.message is not None and view.message.is_error else ""
            self._summary.visible = bool(view.entries or problem)
            self._words.text, self._words.name = as_text(problem or summary(view)), "warning" if problem else "dim"
            self._words.set_tooltip(self._words.text)

    @property
    def busy(self) -> str:
        """Why no run can be started by hand, in one sentence; empty where the queue is not the reason."""
        entry = self._queue.view().current_entry
        if entry is None or entry.request.process is not ProcessKind.THIS:
            return ""
        return (
            f"The queue trains {entry.request.config.task} in this process: wait for its end, or skip entry "
            f"{entry.number} and pause the queue."
        )

    def edit(self, entry: Entry) -> None:
        """Shows seeds and process of an entry; the button then changes this entry. To be called between frames."""
        self._editing = entry.number
        self._seeds.value = ",".join(map(str, entry.request.seeds))
        self._process.set_value(entry.request.process.value)
        self._add.text, self._cancel.visible = f"Save entry {entry.number}", True

    def send(self, config: RunConfig) -> None:
        """Puts a configuration into the queue, or into the entry that is edited.

        Raises:
            UserError: When seeds or configuration cannot be right.
        """
        request = Request(config, parse_seeds(self._seeds.value), ProcessKind(self._process.value))
        request.validate()
        self._queue.request(AddEntry(request) if self._editing is None else ChangeEntry(self._editing, request))
        self._end_editing()

    def _end_editing(self) -> None:
        if self._editing is not None:
            self._editing = None
            self._add.text, self._cancel.visible = "Add to queue", False
            self._seeds.value = remembered_text(self._settings, "queue_seeds")
            self._process.set_value(remembered_text(self._settings, "queue_process", ProcessKind.THIS.value))
