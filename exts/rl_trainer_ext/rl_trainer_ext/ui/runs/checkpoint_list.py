# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lists the checkpoints of a run, of which one is selected."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ... import wording
from ...runs import Checkpoint, CheckpointKind, as_text
from ...runs.evaluations import Evaluation, best_evaluation
from ..widgets import style
from ..widgets.layout import dot
from ..widgets.pending import Pending
from ..widgets.row_list import RowList

_COLUMNS = (("Iteration", 62), ("Kind", 0), ("Return", 58), ("Steps", 48), ("Size", 56), ("Saved", 72))
_NARROW = 410
"""Below this width, the steps and the size are left out [pixels]."""

_TOOLTIP_WIDTH = 60
"""The longest line of a tooltip, which omni.ui does not wrap [characters]."""

_DROPPED = ("Steps", "Size")

_TOOLTIPS = {"Return": "Mean return of whole episodes, from Evaluate: with deterministic actions, not as in training."}


def _width(width: int) -> dict[str, int]:
    return {"width": width} if width else {}


@dataclass
class _Row:
    background: ui.Rectangle
    dot: ui.Circle
    cells: dict[str, ui.Label]


class CheckpointList:
    """The list, built into the current layout.

    Args:
        now: Returns the time [unix s].
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._chosen: Path | None = None
        self._playing: Path | None = None
        self._evaluations: dict[Path, Evaluation] = {}
        self._best: Path | None = None
        self._pending = Pending()
        self._narrow: bool | None = None
        self._root = ui.VStack(spacing=0)
        with self._root:
            self._header = ui.HStack(height=18)
            ui.Line(name="separator", height=1)
            self._list: RowList[Checkpoint, _Row] = RowList("checkpoint_list", self._build_row, self._fill_row)

    @property
    def chosen(self) -> Checkpoint | None:
        """The checkpoint that the buttons act on; None if there is none."""
        return next((one for one in self._list.items if one.path == self._chosen), None)

    def show(self, checkpoints: Sequence[Checkpoint], keep: bool) -> None:
        """Lists checkpoints.

        Args:
            checkpoints: The checkpoints, in this order.
            keep: Whether the chosen checkpoint stays chosen, if listed; else the first undamaged one is.
        """
        self._list.items = checkpoints
        if not keep or self.chosen is None:
            whole = [one for one in checkpoints if not one.problem] or checkpoints
            self._chosen = whole[0].path if whole else None
        self._list.refill()

    def show_evaluations(self, evaluations: Mapping[Path, Evaluation]) -> None:
        """Shows what checkpoints achieved, and which is the best by that.

        Args:
            evaluations: The evaluations, by the path of the checkpoint.
        """
        best = best_evaluation(evaluations.values())
        self._evaluations = dict(evaluations)
        self._best = next((path for path, one in evaluations.items() if one is best), None)
        self._list.refill()

    def update(self, playing: Path | None) -> None:
        """Follows the mouse, and marks the checkpoint that plays. Called once a frame."""
        self._pending.run()
        if playing != self._playing:
            self._playing = playing
            self._list.refill()
        width = self._root.computed_width
        if width > 0 and (width < _NARROW) is not self._narrow:
            self._narrow = width < _NARROW
            self._build_header()
            self._list.rebuild()
        if self._narrow is not None:
            self._list.update()

    def _pressed(self, number: int, button: int) -> None:
        if button == 0:
            self._pending.add(lambda: self._choose(number))

    def _choose(self, number: int) -> None:
        index = self._list.index_of_row(number)
        if index is not None:
            self._chosen = self._list.items[index].path
            self._list.refill()

    def _columns(self) -> list[tuple[str, int]]:
        return [column for column in _COLUMNS if not (self._narrow and column[0] in _DROPPED)]

    def _build_header(self) -> None:
        self._header.clear()
        with self._header:
            ui.Spacer(width=22)
            for title, width in self._columns():
                alignment = ui.Alignment.LEFT_CENTER if title == "Kind" else ui.Alignment.RIGHT_CENTER
                tooltip = _TOOLTIPS.get(title, "")
                ui.Label(title, name="caption", alignment=alignment, tooltip=tooltip, **_width(width))
                ui.Spacer(width=8)
            ui.Spacer(width=10)

    def _build_row(self, number: int) -> _Row:
        background = ui.Rectangle(
            name="run",
            identifier=f"checkpoint_row:{number}",
            mouse_pressed_fn=lambda x, y, button, modifier: self._pressed(number, button),
        )
        cells: dict[str, ui.Label] = {}
        with ui.HStack():
            ui.Spacer(width=8)
            circle = dot(14)
            circle.set_style({"background_color": style.BLUE})
            for title, width in self._columns():
                alignment = ui.Alignment.LEFT_CENTER if title == "Kind" else ui.Alignment.RIGHT_CENTER
                cells[title] = ui.Label(
                    "",
                    name="" if title in ("Iteration", "Kind") else "dim",
                    alignment=alignment,
                    elided_text=title == "Kind",
                    identifier=f"checkpoint_{title.lower()}:{number}",
                    **_width(width),
                )
                ui.Spacer(width=8)
        return _Row(background, circle, cells)

    def _fill_row(self, row: _Row, checkpoint: Checkpoint, index: int) -> None:
        iteration, steps = checkpoint.iteration, checkpoint.steps
        evaluation = self._evaluations.get(checkpoint.path)
        texts = {
            "Iteration": wording.whole(iteration),
            "Kind": self._kind(checkpoint),
            "Return": wording.short_number(None if evaluation is None else evaluation.mean_return),
            "Steps": wording.short_count(steps),
            "Size": wording.file_size(checkpoint.size),
            "Saved": wording.ago(self._now() - checkpoint.modified),
        }
        chosen = checkpoint.path == self._chosen
        row.background.selected = chosen
        row.dot.visible = checkpoint.path == self._playing
        for title, label in row.cells.items():
            label.text, label.selected = texts[title], chosen
        row.cells["Kind"].name = "warning" if checkpoint.problem else ""
        row.cells["Return"].name = "notice" if checkpoint.path == self._best else "dim"
        counted = "" if steps is None else f"\n{wording.whole(steps)} environment steps"
        reason = checkpoint.problem.removeprefix(f"{checkpoint.path} ")
        lines = [str(checkpoint.path), *textwrap.wrap(reason, _TOOLTIP_WIDTH)]
        tooltip = as_text("\n".join(lines))
        achieved = "" if evaluation is None else f"\n{evaluation_words(evaluation)}"
        row.background.set_tooltip(f"{tooltip}\nsaved {wording.moment(checkpoint.modified)}{counted}{achieved}")

    def _kind(self, checkpoint: Checkpoint) -> str:
        if checkpoint.problem:
            return "damaged"
        kind = "" if checkpoint.kind is CheckpointKind.PERIODIC else checkpoint.kind.value
        if checkpoint.path != self._best:
            return kind
        # the word "best" alone stands for the highest mean return in training
        return "best eval" if self._narrow else ", ".join(filter(None, (kind, "best evaluated")))


def evaluation_words(evaluation: Evaluation) -> str:
    """Returns what a checkpoint achieved, in lines for a tooltip."""
    length = f"{wording.number(evaluation.mean_length)} ± {wording.number(evaluation.std_length)} steps"
    lines = [
        f"evaluated over {wording.whole(evaluation.episodes)} episodes, {wording.moment(evaluation.time)}:",
        f"return {wording.number(evaluation.mean_return)} ± {wording.number(evaluation.std_return)}, length {length}",
    ]
    if evaluation.success_rate is not None:
        lines.append(f"success {wording.percent(evaluation.success_rate)}")
    lines += [f"ended by {name}: {wording.percent(share)}" for name, share in evaluation.terminations.items()]
    return "\n".join(lines)
