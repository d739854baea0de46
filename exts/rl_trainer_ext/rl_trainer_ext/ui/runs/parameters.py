# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the parameters of a run, or those in which several runs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import omni.ui as ui

from ... import runs
from ...errors import UserError
from ...runs import ABSENT, Run, as_text
from ..widgets import style
from ..widgets.fields import TextField
from ..widgets.row_list import RowList

MOST_RUNS = 4
"""The most runs whose parameters are shown side by side."""

_PLACE = "env.log_dir"
"""The parameter with the run's folder, which always differs."""

_KEY_SHARE, _VALUE_SHARE = 5, 4


@dataclass(frozen=True)
class Parameter:
    """One row: the dotted name, and the value in each run."""

    key: str
    values: tuple[str, ...]


def flat(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns nested dictionaries as one dictionary with dotted names."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def rows(parameters: Sequence[Mapping[str, Any]]) -> list[Parameter]:
    """Returns all parameters of one run, or those in which several runs differ.

    Args:
        parameters: The flat parameters of each run.
    """
    if len(parameters) == 1:
        return [Parameter(key, (_text_of(value),)) for key, value in parameters[0].items()]
    first, *others = parameters
    differing = dict.fromkeys(one.key for other in others for one in runs.compare(first, other))
    differing.pop(_PLACE, None)
    return [Parameter(key, tuple(_text_of(one.get(key, ABSENT)) for one in parameters)) for key in differing]


def _text_of(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)


class RunParameters:
    """The list of parameters with its filter, built into the current layout."""

    def __init__(self) -> None:
        self._selected: tuple[Run, ...] = ()
        self._shown: tuple[Run, ...] | None = None
        self._all: list[Parameter] = []
        self._refilter = False
        with ui.VStack(spacing=4):
            ui.Spacer(height=2)
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._filter = TextField(
                    "parameter_filter",
                    "Any words of a parameter's name or value.",
                    "Type to filter, such as: learning_rate",
                    self._typed,
                )
                self._count = ui.Label("", width=0, name="caption", identifier="parameter_count")
            self._header = ui.HStack(height=18)
            ui.Line(name="separator", height=1)
            with ui.ZStack():
                self._list: RowList[Parameter, list[ui.Label]] = RowList("parameter_list", self._build_row, _fill_row)
                self._words = ui.Label(
                    "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="parameter_words"
                )

    def show(self, selected: Sequence[Run]) -> None:
        """Shows the parameters of these runs, which are read when they become visible."""
        self._selected = tuple(selected[:MOST_RUNS])

    def update(self) -> None:
        """Reads and filters the parameters. Called once a frame while visible."""
        if self._shown is None or [run.path for run in self._selected] != [run.path for run in self._shown]:
            self._read()
        if self._refilter:
            self._refilter = False
            self._apply_filter()
        self._list.update()

    def _read(self) -> None:
        self._shown = self._selected
        problem = ""
        read = []
        for run in self._selected:
            try:
                env, agent = runs.read_parameters(run.path)
                read.append(flat(agent, "agent.") | flat(env, "env."))
            except UserError as error:
                problem = str(error)
        if problem or not read:
            self._all = []
            self._words.text = problem or "Select a run to see its parameters, or several to see their differences."
        else:
            self._all = rows(read)
            self._words.text = (
                "These runs have the same parameters."
                if len(read) > 1
                else "This run has no parameter files (params/*.yaml)."
            )
        self._build_header()
        self._list.rebuild()
        self._refilter = True

    def _build_header(self) -> None:
        self._header.clear()
        with self._header:
            ui.Spacer(width=8)
            ui.Label("Parameter", name="caption", width=ui.Fraction(_KEY_SHARE))
            names = [run.title for run in self._selected]
            for run, name in zip(self._selected, names, strict=True):
                ui.Spacer(width=8)
                ui.Label(
                    name if len(names) > 1 else "Value",
                    name="caption",
                    elided_text=True,
                    width=ui.Fraction(_VALUE_SHARE),
                    tooltip=as_text(run.path),
                )
            ui.Spacer(width=18)

    def _build_row(self, number: int) -> list[ui.Label]:
        with ui.HStack():
            ui.Spacer(width=8)
            labels = [
                ui.Label(
                    "",
                    elided_text=True,
                    name="dim",
                    width=ui.Fraction(_KEY_SHARE),
                    identifier=f"parameter_key:{number}",
                )
            ]
            for index in range(max(1, len(self._selected))):
                ui.Spacer(width=8)
                labels.append(
                    ui.Label(
                        "",
                        elided_text=True,
                        width=ui.Fraction(_VALUE_SHARE),
                        identifier=f"parameter_value:{number}:{index}",
                    )
                )
            ui.Spacer(width=8)
        return labels

    def _typed(self) -> None:
        self._refilter = True

    def _apply_filter(self) -> None:
        words = self._filter.value.lower().split()
        found = [one for one in self._all if all(word in f"{one.key} {' '.join(one.values)}".lower() for word in words)]
        self._list.items = found
        self._words.visible = not found
        if self._all and not found:
            self._words.text = f"No parameter matches “{self._filter.value.strip()}”."
        what = "differ" if len(self._selected) > 1 else "parameters"
        self._count.text = f"{len(found)} of {len(self._all)} {what}" if self._all else ""


def _fill_row(labels: list[ui.Label], parameter: Parameter, index: int) -> None:
    for label, text in zip(labels, (parameter.key, *parameter.values), strict=True):
        label.text = text
    labels[0].set_tooltip(f"{parameter.key}\n" + "\n".join(parameter.values))
