# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A term as a row: name, bar, value and curve. A term with several values unfolds into a row for each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import omni.ui as ui

from ... import wording
from ...metrics.step_terms import StepTerms, Term, TermKind
from ..widgets import style
from ..widgets.plot import axis_range
from ..widgets.weak import weak_callback

ROW_HEIGHT = 22
MOST_ELEMENTS = 64
"""Of a longer term, the first of its values have rows."""

UNFOLDED_ELEMENTS = 3
"""A term with at most this many values starts unfolded, such as the command of a velocity."""

_BAR, _VALUE = 56, 62

COLORS = {
    TermKind.REWARD: style.CURVE_COLORS[0],
    TermKind.TERMINATION: style.ERROR,
    TermKind.COMMAND: style.CURVE_COLORS[2],
    TermKind.ACTION: style.CURVE_COLORS[1],
    TermKind.OBSERVATION: style.CURVE_COLORS[3],
    TermKind.STATE: style.CURVE_COLORS[4],
    TermKind.LOG: style.CURVE_COLORS[5],
}


class ValueRow:
    """A row in the current layout.

    Args:
        text: The name.
        tooltip: Explains it.
        color: Colour of bar and curve, 0xAABBGGRR.
        identifier: Identifier of the row; its parts have it too, with an ending.
        clicked: Called when the name is clicked; None for a name that does nothing.
    """

    def __init__(
        self,
        text: str,
        tooltip: str,
        color: int,
        identifier: str,
        clicked: Callable[[], None] | None = None,
    ) -> None:
        self.root = ui.HStack(height=ROW_HEIGHT, spacing=4, identifier=identifier)
        with self.root:
            self._arrow = ui.Label("", width=10, name="dim", identifier=f"{identifier}:arrow")
            self._name = ui.Label(
                text, width=ui.Fraction(1.3), elided_text=True, tooltip=tooltip, identifier=f"{identifier}:name"
            )
            if clicked is not None:
                for label in (self._arrow, self._name):
                    label.set_mouse_pressed_fn(lambda x, y, button, modifier: clicked())
            with _in_the_middle(10, width=_BAR):
                ui.Rectangle(name="track")
                self._place = ui.Placer(offset_x=_BAR / 2)
                with self._place:
                    self._bar = ui.Rectangle(width=0, style={"background_color": color})
            self._value = ui.Label(
                wording.UNKNOWN, width=_VALUE, alignment=ui.Alignment.RIGHT_CENTER, identifier=f"{identifier}:value"
            )
            with _in_the_middle(ROW_HEIGHT - 4):
                ui.Rectangle(name="plot")
                look = {"Plot": {"color": color}}
                self._plot = ui.Plot(
                    ui.Type.LINE, 0.0, 1.0, 0.0, style=look, visible=False, identifier=f"{identifier}:plot"
                )

    def unfolded(self, is_unfolded: bool) -> None:
        """Shows whether its elements are shown."""
        self._arrow.text = "-" if is_unfolded else "+"

    def show(self, curve: np.ndarray, largest: float) -> None:
        """Shows the values of the last steps.

        Args:
            curve: The values, shape (steps,); the last one is the present one.
            largest: The size that fills half of the bar.
        """
        value = float(curve[-1])
        self._value.text = wording.short_number(value)
        self._mark(not np.isfinite(value))
        finite = np.isfinite(curve)
        share = value / largest if largest > 0 and np.isfinite(value) else 0.0
        length = min(abs(share), 1.0) * _BAR / 2
        self._bar.width = ui.Pixel(length)
        self._place.offset_x = ui.Pixel(_BAR / 2 - (length if share < 0 else 0.0))
        self._plot.visible = bool(finite.any())
        if not self._plot.visible:
            return
        if not finite.all():
            curve = np.where(finite, curve, curve[finite].min())
        self._plot.scale_min, self._plot.scale_max = axis_range(float(curve.min()), float(curve.max()))
        self._plot.set_data(*(curve if len(curve) > 1 else curve.repeat(2)).tolist())

    def _mark(self, is_bad: bool) -> None:
        """Marks a row whose value is no finite number."""
        name = "error" if is_bad else ""
        if self._value.name != name:
            self._value.name = self._name.name = name


class TermRow:
    """A term in the current layout.

    Args:
        index: Its index in :attr:`StepTerms.terms`.
        term: The term.
    """

    def __init__(self, index: int, term: Term) -> None:
        self.index, self.term = index, term
        self._color = COLORS[term.kind]
        self._several = term.size > 1 and term.kept
        self._unfolded = self._several and term.size <= UNFOLDED_ELEMENTS
        self._elements: list[ValueRow] = []
        self._was_bad = False
        text = f"{term.name} ({term.size})" if term.size > 1 else term.name
        tooltip = f"{term.name}\n{_EXPLAINED[term.kind]}"
        if term.size > 1:
            tooltip += f"\nNorm of its {term.size} values." + ("\nClick to see each." if self._several else "")
        identifier = f"term:{term.kind.name.lower()}:{term.name}"
        self._identifier = identifier
        with ui.VStack(height=0):
            toggle = weak_callback(self._toggle) if self._several else None
            self._row = ValueRow(text, tooltip, self._color, identifier, toggle)
            self._body = ui.VStack(height=0, visible=self._unfolded)
        if self._several:
            self._row.unfolded(self._unfolded)

    def _toggle(self) -> None:
        self._unfolded = not self._unfolded
        self._row.unfolded(self._unfolded)
        self._body.visible = self._unfolded

    def update(self, terms: StepTerms, in_sight: Callable[[ui.Widget], bool], largest: float) -> None:
        """Shows the last steps, as far as the rows are visible.

        Args:
            terms: What was read.
            in_sight: Returns whether a row is visible.
            largest: The size that fills half of the bar; 0 for the largest of its own values.
        """
        if self._unfolded and not self._elements:
            with self._body:
                for element in range(min(self.term.size, MOST_ELEMENTS)):
                    name = f"{self.term.name}[{element}]"
                    row = ValueRow(f"    [{element}]", name, self._color, f"{self._identifier}[{element}]")
                    self._elements.append(row)
                if self.term.size > MOST_ELEMENTS:
                    words = f"The first {MOST_ELEMENTS} of {self.term.size} values."
                    ui.Label(words, name="caption", height=ROW_HEIGHT, elided_text=True)
        if in_sight(self._row.root):
            curve = terms.curve(self.index)
            if self._several and not self._unfolded and not self._was_bad and not np.isfinite(curve[-1]):
                self._was_bad = True  # once: the user may fold it
                self._toggle()
            self._row.show(curve, largest or _size(curve))
        if self._unfolded:
            for element, row in enumerate(self._elements):
                if in_sight(row.root):
                    curve = terms.curve(self.index, element)
                    row.show(curve, _size(curve))


@contextlib.contextmanager
def _in_the_middle(height: int, **arguments: Any) -> Iterator[None]:
    """Builds layers of this height [pixels] in the middle of the row."""
    with ui.VStack(**arguments):
        ui.Spacer()
        with ui.ZStack(height=height):
            yield
        ui.Spacer()


def largest_of(terms: StepTerms, rows: list[TermRow]) -> float:
    """Returns the largest size of some terms over the kept steps, so that their bars can be compared."""
    return max((_size(terms.curve(row.index)) for row in rows), default=0.0)


def _size(curve: np.ndarray) -> float:
    finite = np.abs(curve[np.isfinite(curve)])
    return float(finite.max()) if len(finite) else 0.0


_EXPLAINED = {
    TermKind.REWARD: (
        "The first row is what the library gets for this step. A term is its weight times its value, per second; the "
        "bars of all terms have one scale."
    ),
    TermKind.TERMINATION: "1 in the step that it ended the episode.",
    TermKind.COMMAND: "What the policy is told to do.",
    TermKind.ACTION: "What the policy did, before the task scales it.",
    TermKind.OBSERVATION: "What the policy gets next; after an episode's last step, that of the next episode.",
    TermKind.STATE: "What the step left behind; positions are relative to the origin of the environment.",
    TermKind.LOG: "The task's own scalar, over all environments.",
}
