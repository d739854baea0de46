# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The field that chooses where a training runs, and the row that chooses which of the runs elsewhere is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import omni.ui as ui

from ...errors import UserError
from ...run_config import RunConfig
from ...runs import as_text
from ...training.commands import ShowRun, TrainerPort
from ...training.snapshot import RunElsewhere, Snapshot
from ...training.where import Where, WhereKind, WhereOption, check_num_gpus
from ..widgets import style
from ..widgets.fields import Dropdown, NumberField, TextField, row
from ..widgets.settings import Settings, remembered_text
from .form_fields import FormField
from .source_buttons import OpenFile

_WHERE = (
    "Where the training runs. Its configuration is the same everywhere.\n"
    "On the command line: --where local, process or gpus."
)
_GPUS = (
    "Number of GPUs; empty for all. Each simulates all environments of the form [count].\n"
    "On the command line: --num_gpus."
)
_ADDRESS = "Address of the Ray cluster, such as http://127.0.0.1:8265.\nOn the command line: --address."
_SHOWN = "Which run this panel shows: the one in this simulator, or one elsewhere. Stop ends the shown one."
_LOG = "Open what the run has printed so far."
_OF_GPUS = (WhereKind.GPUS, WhereKind.RAY)


class WhereChoice(FormField):
    """Built into the current layout; hidden where there is no choice. It is no part of :class:`RunConfig`.

    Args:
        options: The places.
        on_change: Called when the user changed something.
    """

    def __init__(self, options: Sequence[WhereOption], on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._notes = {option.kind.value: option.note for option in options}
        with ui.VStack(height=0, spacing=style.SPACING, visible=len(options) > 1):
            with row("Where", _WHERE):
                self._place = Dropdown("where", _WHERE, self._changed)
            self._gpus_row = ui.VStack(height=0, visible=False)
            with self._gpus_row:
                self._gpus = NumberField("GPUs", "num_gpus", _GPUS, on_change, check_num_gpus)
            self._address_row = ui.VStack(height=0, visible=False)
            with self._address_row, row("Address", _ADDRESS):
                self._address = TextField("ray_address", _ADDRESS, "Ray's own configuration", on_change)
            self._note = ui.Label("", name="dim", word_wrap=True, visible=False, identifier="where_note")
        self._place.set_options([(option.kind.value, option.label) for option in options], WhereKind.LOCAL.value)

    @property
    def _kind(self) -> WhereKind:
        return WhereKind(self._place.value or WhereKind.LOCAL)

    def where(self) -> Where:
        """Returns the chosen place.

        Raises:
            UserError: When what the user typed cannot be right.
        """
        kind = self._kind
        num_gpus = self._gpus.parse() if kind in _OF_GPUS else None
        address = self._address.value.strip() if kind is WhereKind.RAY else ""
        return Where(kind, None if num_gpus is None else int(num_gpus), address)

    def choose(self, where: Where) -> None:
        """Shows a place, as if the user had chosen it."""
        self._place.set_value(where.kind.value)
        self._gpus.set(where.num_gpus)
        self._address.value = where.address
        self._follow()

    def _changed(self) -> None:
        self._follow()
        self._on_change()

    def _follow(self) -> None:
        kind = self._kind
        self._gpus_row.visible, self._address_row.visible = kind in _OF_GPUS, kind is WhereKind.RAY
        self._note.text = self._notes.get(kind.value, "")
        self._note.visible = bool(self._note.text)

    def restore(self, settings: Settings) -> None:
        self._place.set_value(remembered_text(settings, "where", WhereKind.LOCAL.value))
        self._gpus.set(remembered_text(settings, "num_gpus"))
        self._address.value = remembered_text(settings, "ray_address")
        self._follow()

    def remembered(self) -> dict[str, Any]:
        return {
            "where": self._place.value,
            "num_gpus": self._gpus.text or None,
            "ray_address": self._address.value,
        }

    def values(self, playing: bool) -> dict[str, Any]:
        return {}

    def show(self, config: RunConfig, playing: bool) -> None:
        """The configuration says nothing about where it trains."""

    def enable(self, idle: bool) -> None:
        self._place.enabled = self._gpus.enabled = self._address.enabled = idle


class RunsElsewhere:
    """Built into the current layout; hidden while there is no run elsewhere.

    Args:
        trainer: Told which run to show.
        open_file: Opens the log of the shown run; None leaves its button out.
    """

    def __init__(self, trainer: TrainerPort, open_file: OpenFile | None) -> None:
        self._trainer, self._open_file = trainer, open_file
        self._shown: tuple[tuple[RunElsewhere, ...], str] = (), ""
        self._row = ui.VStack(height=0, visible=False)
        with self._row, row("Shown run", _SHOWN):
            self._choice = Dropdown("shown_run", _SHOWN, self._chosen)
            self._log = ui.Button(
                "Log", identifier="run_log", tooltip=_LOG, width=40, visible=False, clicked_fn=self._open_log
            )
        self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="run_log_problem")

    def update(self, snapshot: Snapshot) -> None:
        """Follows the runs."""
        now = snapshot.elsewhere, snapshot.shown_elsewhere
        if now == self._shown:
            return
        self._shown = now
        self._problem.visible = False
        runs = reversed(snapshot.elsewhere)
        options = [(run.name, as_text(f"{run.title} ({run.place}, {run.status})")) for run in runs]
        self._row.visible = bool(options)
        self._choice.set_options([("", "In this simulator"), *options], snapshot.shown_elsewhere)
        self._log.visible = bool(snapshot.shown_elsewhere) and self._open_file is not None

    def _chosen(self) -> None:
        self._trainer.request(ShowRun(self._choice.value))

    def _open_log(self) -> None:
        runs, name = self._shown
        log: Path | None = next((run.log for run in runs if run.name == name), None)
        problem = ""
        if log is not None and self._open_file is not None:
            try:
                problem = self._open_file(log)
            except UserError as error:  # it says where the file is
                problem = str(error)
        self._problem.text, self._problem.visible = as_text(problem), bool(problem)
