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
    "On the command line: --where local, process, gpus or ray."
)
_GPUS = (
    "Number of GPUs; empty for all. Each simulates all environments of the form [count].\n"
    "On the command line: --num_gpus."
)
_RAY_GPUS = (
    "Number of GPUs of one machine of the cluster; empty for one. Each simulates all environments [count].\n"
    "On the command line: --num_gpus."
)
_RAY = (
    (
        *("address", "Address", "RAY_ADDRESS"),
        "Address of the dashboard of the Ray cluster, such as http://head:8265;\n"
        "empty for RAY_ADDRESS, or else the cluster of this machine.\n"
        "On the command line: --address.",
    ),
    (
        *("token_file", "Token file", "~/.ray/auth_token"),
        "File with the token of the Ray cluster; empty for RAY_AUTH_TOKEN or ~/.ray/auth_token.\n"
        "On the command line: --token_file.",
    ),
    (
        *("runtime_env", "Runtime env", "None"),
        "YAML file with Ray's runtime environment, with keys such as working_dir, pip and env_vars.\n"
        "On the command line: --runtime_env.",
    ),
    (
        *("storage", "Storage", "None: the log root is shared"),
        "URL such as s3://bucket/runs, through which the files of the run come here;\n"
        "empty where the cluster shares the log root.\n"
        "On the command line: --storage.",
    ),
)
"""Name, label, placeholder and tooltip of the fields of a Ray cluster."""

_SHOWN = "Which run this panel shows: the one in this simulator, or one elsewhere. Stop ends the shown one."
_LOG = "Open what the run has printed so far."


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
                self._gpus = NumberField("GPUs", "num_gpus", _GPUS, on_change, check_num_gpus, placeholder="all")
            self._ray: dict[str, TextField] = {}
            self._ray_rows = ui.VStack(height=0, spacing=style.SPACING, visible=False)
            with self._ray_rows:
                for name, label, placeholder, tooltip in _RAY:
                    with row(label, tooltip):
                        self._ray[name] = TextField(f"ray_{name}", tooltip, placeholder, on_change)
                self._ray_gpus = NumberField(
                    "GPUs", "ray_num_gpus", _RAY_GPUS, on_change, check_num_gpus, placeholder="1"
                )
            self._gpu_fields = {WhereKind.GPUS: self._gpus, WhereKind.RAY: self._ray_gpus}
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
        num_gpus = self._gpu_fields[kind].parse() if kind in self._gpu_fields else None
        ray = {name: field.value.strip() for name, field in self._ray.items()} if kind is WhereKind.RAY else {}
        return Where(kind, None if num_gpus is None else int(num_gpus), **ray)

    def devices(self, here: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the devices of the chosen place, from those of this machine."""
        return ("cuda:0", "cpu") if self._kind is WhereKind.RAY else here

    def choose(self, where: Where) -> None:
        """Shows a place, as if the user had chosen it."""
        self._place.set_value(where.kind.value)
        if where.kind in self._gpu_fields:
            self._gpu_fields[where.kind].set(where.num_gpus)
        for name, field in self._ray.items():
            field.value = getattr(where, name)
        self._follow()

    def _changed(self) -> None:
        self._follow()
        self._on_change()

    def _follow(self) -> None:
        kind = self._kind
        self._gpus_row.visible, self._ray_rows.visible = kind is WhereKind.GPUS, kind is WhereKind.RAY
        self._note.text = self._notes.get(kind.value, "")
        self._note.visible = bool(self._note.text)

    def restore(self, settings: Settings) -> None:
        self._place.set_value(remembered_text(settings, "where", WhereKind.LOCAL.value))
        self._gpus.set(remembered_text(settings, "num_gpus"))
        self._ray_gpus.set(remembered_text(settings, "ray_num_gpus"))
        for name, field in self._ray.items():
            field.value = remembered_text(settings, f"ray_{name}")
        self._follow()

    def remembered(self) -> dict[str, Any]:
        ray = {f"ray_{name}": field.value for name, field in self._ray.items()}
        gpus = {"num_gpus": self._gpus.text or None, "ray_num_gpus": self._ray_gpus.text or None}
        return {"where": self._place.value, **gpus, **ray}

    def values(self, playing: bool) -> dict[str, Any]:
        return {}

    def show(self, config: RunConfig, playing: bool) -> None:
        """The configuration says nothing about where it trains."""

    def enable(self, idle: bool) -> None:
        self._place.enabled = self._gpus.enabled = self._ray_gpus.enabled = idle
        for field in self._ray.values():
            field.enabled = idle


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
