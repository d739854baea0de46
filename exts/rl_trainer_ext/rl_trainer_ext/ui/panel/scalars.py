# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of all logged scalars, and a plot of each selected one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import omni.ui as ui

from ... import wording
from ...metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from ..widgets import style
from ..widgets.fields import TextField
from ..widgets.plot import SeriesPlot
from ..widgets.row_list import RowList
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_texts
from ..widgets.weak import weak_callback

VALUES_INTERVAL = 0.5
"""Seconds between two updates of the values in the list."""

SECONDS_A_FRAME = 0.0006
"""Time for redrawing plots in one frame; the remaining plots come first in the next one."""

PLOTS_A_FRAME = 2
"""Most plots that are built in one frame: a run that is opened can bring fifty at once."""

TAGS_A_FRAME = 1000
"""Most new tags that are added in one frame: a task with thousands of terms logs them all at once."""

_MARGIN = 100
"""Plots this far outside the visible part [pixels] are drawn in advance."""

_LIST_HEIGHT = 170
_ROW_HEIGHT = 22
_OWN_PLOTS = (MEAN_REWARD, MEAN_EPISODE_LENGTH)


@dataclass(frozen=True, eq=False)
class _Line:
    """The content of a row: a scalar, or the heading of a group, which has no tag."""

    text: str
    tag: str = ""
    lowered: str = ""


@dataclass
class _Group:
    heading: _Line
    lines: list[_Line] = field(default_factory=list)


@dataclass
class _Row:
    heading_root: ui.HStack
    heading: ui.Label
    root: ui.HStack
    box: ui.CheckBox
    name: ui.Label
    value: ui.Label
    subscription: object
    tag: str = ""


class Scalars:
    """The list of scalars, grouped by the part of the tag before the slash, and the plots below it.

    New tags are added as they appear. Selected tags are remembered, logged or not. The cost of a frame does not depend
    on their number: the list has rows for visible tags only, and visible plots are redrawn in turn.

    Args:
        settings: Where the picked tags are remembered.
        clock: Seconds, as ``time.monotonic``.
        view: The scrolling frame around it; None when all is visible.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic, view: ui.Widget | None = None
    ) -> None:
        self._settings, self._clock, self._view = settings, clock, view
        self._shown: list[str] = []
        self._in_sight: list[str] = []
        self._places: list[tuple[float, float]] | None = None
        self._turn = 0
        self._picked: list[str] = list(remembered_texts(settings, "scalars"))
        self._metrics: Metrics | None = None
        self._known = 0
        self._listed: set[str] = set()
        self._groups: dict[str, _Group] = {}
        self._rows: list[_Row] = []
        self._filling = False
        self._curves: dict[str, SeriesPlot] = {}
        self._valued_at = 0.0
        self._valued_version = -1
        self._replot = self._refilter = False
        with (
            Section("More scalars", "section_scalars", settings) as self._section,
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._filter = TextField(
                    "scalar_filter",
                    "Any words of a scalar's name.",
                    "Type to filter",
                    self._filter_changed,
                )
                self._count = ui.Label("", width=0, name="caption", identifier="scalar_count")
            self._list_frame = ui.ZStack(height=_LIST_HEIGHT)
            with self._list_frame:
                self._list: RowList[_Line, _Row] = RowList("scalar_list", self._build_row, self._fill_row, _ROW_HEIGHT)
                self._list.frame.name = "list"
                self._empty = ui.Label(
                    "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="scalar_empty"
                )
            self._plots = ui.VStack(height=0, spacing=10)
        self._show_count()

    def update(self, metrics: Metrics) -> None:
        """Once a frame: adds new tags and draws what changed."""
        if metrics is not self._metrics and (len(metrics) or self._known or self._metrics is None):
            self._start_over(metrics)
        if len(metrics) != self._known:
            added = metrics.tags[self._known : self._known + TAGS_A_FRAME]
            for tag in added:
                self._add(tag)
            self._known += len(added)
            self._refilter = True
        if self._replot:
            self._replot = not self._show_plots()
        if self._refilter:
            self._refilter = False
            self._apply_filter()
        elif not self._section.frame.collapsed:  # not in the same frame: a run that is opened brings all of it at once
            self._update_curves(metrics)
            self._show_values(metrics)
        self._list.update()

    def _update_curves(self, metrics: Metrics) -> None:
        self._look()
        end = time.perf_counter() + SECONDS_A_FRAME
        count = len(self._in_sight)
        for index in range(self._turn, self._turn + count):
            tag = self._in_sight[index % count]
            self._curves[tag].update(metrics.get(tag))
            if time.perf_counter() > end:
                self._turn = (index + 1) % count
                return

    def _look(self) -> None:
        """Finds the visible plots, only after something moved, because checking all takes time."""
        roots = [self._curves[tag].root for tag in (*self._shown[:1], *self._shown[-1:])]
        places = [(root.screen_position_y, root.computed_height) for root in roots]
        view = self._view
        if view is not None:
            places.append((view.screen_position_y, view.computed_height))
        if places == self._places:
            return
        self._places = places
        self._in_sight = []
        for tag in self._shown:
            curve = self._curves[tag]
            y, height = curve.root.screen_position_y, curve.root.computed_height
            # a plot that was never laid out has no place yet
            curve.in_sight = (
                view is None
                or not height
                or -height - _MARGIN < y - view.screen_position_y < view.computed_height + _MARGIN
            )
            if curve.in_sight:
                self._in_sight.append(tag)

    def _start_over(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._known = 0
        self._listed.clear()
        self._groups.clear()
        self._valued_version = -1
        self._replot = self._refilter = True

    def _add(self, tag: str) -> None:
        """Lists a tag, unless the panel has a plot of its own for it."""
        if tag in _OWN_PLOTS:
            return
        self._listed.add(tag)
        if tag in self._picked:
            self._replot = True
        name, _, text = tag.rpartition("/")
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = _Group(_Line(name or "Other"))
        group.lines.append(_Line(text, tag, tag.lower()))

    def _build_row(self, number: int) -> _Row:
        """Builds a row that can show a heading as well as a scalar."""
        heading_root = ui.HStack()
        with heading_root:
            ui.Spacer(width=6)
            heading = ui.Label("", name="caption", elided_text=True, identifier=f"scalar_group:{number}")
        root = ui.HStack(spacing=style.SPACING)
        with root:
            ui.Spacer(width=8)
            with ui.VStack(width=16):
                ui.Spacer(height=4)
                box = ui.CheckBox(height=16, identifier=f"scalar_box:{number}", tooltip="Plot this scalar.")
            name = ui.Label(
                "",
                elided_text=True,
                identifier=f"scalar_name:{number}",
                mouse_pressed_fn=lambda x, y, button, modifier: box.model.set_value(not box.model.as_bool),
            )
            value = ui.Label("", name="dim", width=0, identifier=f"scalar_value:{number}")
            ui.Spacer(width=10)
        changed = weak_callback(self._box_changed)
        subscription = box.model.subscribe_value_changed_fn(lambda model: changed(number, model.as_bool))
        self._rows.append(_Row(heading_root, heading, root, box, name, value, subscription))
        return self._rows[-1]

    def _fill_row(self, row: _Row, line: _Line, index: int) -> None:
        row.heading_root.visible, row.root.visible = not line.tag, bool(line.tag)
        row.tag = line.tag
        if not line.tag:
            row.heading.text = line.text
            return
        row.name.text = line.text
        row.name.set_tooltip(line.tag)
        row.box.set_tooltip(f"Plot {line.tag}.")
        row.value.text = "" if self._metrics is None else wording.number(self._metrics.last(line.tag))
        self._filling = True
        row.box.model.set_value(line.tag in self._picked)
        self._filling = False

    def _box_changed(self, number: int, checked: bool) -> None:
        if not self._filling:
            self._pick(self._rows[number].tag, checked)

    def _pick(self, tag: str, picked: bool) -> None:
        self._picked = [other for other in self._picked if other != tag] + ([tag] if picked else [])
        self._settings.set("scalars", list(self._picked))
        self._replot = True

    def _show_plots(self) -> bool:
        """Adds missing plots and hides unselected ones; existing plots are kept.

        Returns:
            Whether all exist; the rest is built in the next frames.
        """
        picked = [tag for tag in self._picked if tag in self._listed]
        missing = [tag for tag in picked if tag not in self._curves]
        colors = style.CURVE_COLORS[2:]
        with self._plots:
            for tag in missing[:PLOTS_A_FRAME]:
                color = colors[len(self._curves) % len(colors)]
                self._curves[tag] = SeriesPlot(tag, color=color, height=90, identifier=f"plot:{tag}", clock=self._clock)
        wanted = [tag for tag in picked if tag in self._curves]
        for tag, curve in self._curves.items():
            curve.root.visible = tag in wanted
        # from top to bottom
        self._shown, self._places = [tag for tag in self._curves if tag in wanted], None
        self._show_count()
        return len(missing) <= PLOTS_A_FRAME

    def _filter_changed(self) -> None:
        self._refilter = True

    def _apply_filter(self) -> None:
        words = self._filter.value.lower().split()
        items = []
        for group in self._groups.values():
            matches = (
                [line for line in group.lines if all(word in line.lowered for word in words)] if words else group.lines
            )
            if matches:
                items += [group.heading, *matches]
        self._list.items = items
        self._list_frame.height = ui.Pixel(min(_LIST_HEIGHT, max(2, len(items)) * _ROW_HEIGHT))
        self._empty.visible = not items
        if self._listed:
            self._empty.text = f"No scalar matches “{self._filter.value.strip()}”."
        else:
            self._empty.text = "Scalars appear here when a training logs them."
        self._show_count()

    def _show_count(self) -> None:
        picked = sum(tag in self._listed for tag in self._picked)
        self._count.visible = bool(self._listed)
        self._count.text = f"{picked:,} of {len(self._listed):,} shown" if self._listed else ""

    def _show_values(self, metrics: Metrics) -> None:
        now = self._clock()
        if metrics.version == self._valued_version or now - self._valued_at < VALUES_INTERVAL:
            return
        self._valued_version, self._valued_at = metrics.version, now
        self._list.refill()
