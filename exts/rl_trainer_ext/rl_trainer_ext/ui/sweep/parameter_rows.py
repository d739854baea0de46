# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The parameters of a sweep as they are typed: two lines each, its key, and its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import omni.ui as ui

from ...training.sweep.draft import LIST, DraftParameter
from ..widgets import style
from ..widgets.fields import Dropdown, TextField
from ..widgets.pending import Pending

KINDS = {
    LIST: "each of",
    "uniform": "uniform",
    "loguniform": "loguniform",
    "randint": "randint",
    "lograndint": "lograndint",
    "quniform": "quniform",
    "qloguniform": "qloguniform",
    "qrandint": "qrandint",
    "choice": "choice",
}
"""The kinds of values by Ray Tune's names, and how they are shown."""

_EXAMPLES = {LIST: "0.001, 0.0001", "choice": "0.98, 0.99", "randint": "1, 10", "lograndint": "1, 1000"}
_KEY = "What differs: a Hydra override such as agent.algorithm.learning_rate, or num_envs, or max_iterations."
_KIND = (
    "Which values: each of a list; or drawn as Ray Tune does: uniform, loguniform, randint (the upper bound is not\n"
    "drawn), lograndint, the same in steps (quniform, qloguniform, qrandint), or a choice from a list."
)
_VALUES = "The values of a list, or lower and upper bound (and step), separated by commas."


@dataclass
class _Row:
    key: TextField
    kind: Dropdown
    values: TextField


class ParameterRows:
    """Built into the current layout.

    Args:
        on_change: Called when the user changed something.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._pending = Pending()
        self._rows: list[_Row] = []
        self._frame = ui.VStack(height=0, spacing=style.SPACING)

    @property
    def value(self) -> tuple[DraftParameter, ...]:
        """The parameters as they are typed."""
        return tuple(DraftParameter(row.key.value, row.kind.value or LIST, row.values.value) for row in self._rows)

    def show(self, parameters: Sequence[DraftParameter]) -> None:
        """Shows these parameters. To be called between frames."""
        self._frame.clear()
        self._rows = []
        with self._frame:
            for number, parameter in enumerate(parameters):
                self._rows.append(self._build(number, parameter))

    def add(self, key: str) -> None:
        """Adds a parameter without values. To be called between frames."""
        self.show((*self.value, DraftParameter(key)))
        self._on_change()

    def update(self) -> None:
        """Does what the user asked for. Called once a frame."""
        self._pending.run()

    def _build(self, number: int, parameter: DraftParameter) -> _Row:
        with ui.VStack(height=0, spacing=2):
            with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
                key = TextField(f"sweep_key:{number}", _KEY, "agent.algorithm.learning_rate", self._on_change)
                ui.Button(
                    "x",
                    identifier=f"sweep_remove:{number}",
                    tooltip="Remove this parameter.",
                    width=style.ROW_HEIGHT,
                    clicked_fn=self._pending.adding(partial(self._remove, number)),
                )
            with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
                ui.Spacer(width=12)
                with ui.HStack(width=104):
                    kind = Dropdown(f"sweep_kind:{number}", _KIND, partial(self._kind_changed, number))
                example = _EXAMPLES.get(parameter.kind, "0.0001, 0.01")
                values = TextField(f"sweep_values:{number}", _VALUES, example, self._on_change)
        key.value, values.value = parameter.key, parameter.values
        kind.set_options(list(KINDS.items()), parameter.kind)
        return _Row(key, kind, values)

    def _kind_changed(self, number: int) -> None:
        # built again, with the example of this kind
        self._pending.add(lambda: self.show(self.value))
        self._on_change()

    def _remove(self, number: int) -> None:
        kept = [each for index, each in enumerate(self.value) if index != number]
        self.show(kept)
        self._on_change()
