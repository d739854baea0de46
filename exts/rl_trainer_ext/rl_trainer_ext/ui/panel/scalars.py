# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Every scalar that the library logs: a list to pick from, and a plot for each picked one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ... import wording
from ...metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from ..widgets import style
from ..widgets.fields import TextField
from ..widgets.plot import Curve
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_texts
from ..widgets.weak import weakly

VALUES_INTERVAL = 0.5
"""Seconds between two updates of the values in the list."""

SECONDS_A_FRAME = 0.0006
"""What redrawing the plots may cost a frame; those that are left over come first in the next one."""

ROWS_A_FRAME = 8
PLOTS_A_FRAME = 2
"""Most rows and plots that are built in one frame: a run that is opened can bring fifty at once."""

_MARGIN = 100
"""Plots this far out of sight [pixels] are drawn already, so that they are there when they are scrolled into it."""

_LIST_HEIGHT = 170
_OWN_PLOTS = (MEAN_REWARD, MEAN_EPISODE_LENGTH)


@dataclass
class _Row:
    group: str
    root: ui.HStack
    box: ui.CheckBox
    value: ui.Label
    subscription: object


class Scalars:
    """The list of scalars, grouped by the part of the tag before the slash, and the plots below it.

    A tag that appears later is added to what is there. Picked tags are remembered, logged or not. However many are
    picked, a frame costs about the same: plots are redrawn in turn, and only where they can be seen.

    Args:
        settings: Where the picked tags are remembered.
        clock: Seconds, as ``time.monotonic``.
        view: What all of this is scrolled in; None when it is all in sight.
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
        # rows outlive their run: the next one mostly logs the same scalars
        self._rows: dict[str, _Row] = {}
        self._groups: dict[str, tuple[ui.VStack, ui.VStack]] = {}
        self._curves: dict[str, Curve] = {}
        self._valued_at = 0.0
        self._valued_version = -1
        self._replot = self._refilter = False
        with (
            Section("More scalars", "section_scalars", settings) as self._section,
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._filter = TextField(
                    "scalar_filter", "Any part of a scalar's name.", "Type to filter", self._filter_changed
                )
                self._count = ui.Label("", width=0, name="caption", identifier="scalar_count")
            self._list_frame = ui.ZStack(height=_LIST_HEIGHT)
            with self._list_frame:
                with ui.ScrollingFrame(name="list", identifier="scalar_list", **style.NO_HORIZONTAL):
                    self._list = ui.VStack(height=0, spacing=2, style={"margin_width": 0})
                self._empty = ui.Label(
                    "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="scalar_empty"
                )
            self._plots = ui.VStack(height=0, spacing=10)
        self._show_count()

    def update(self, metrics: Metrics) -> None:
        """Once a frame: takes over new tags and draws what changed."""
        if metrics is not self._metrics and (len(metrics) or self._known or self._metrics is None):
            self._start_over(metrics)
        if len(metrics) != self._known:
            built = 0
            for tag in metrics.tags[self._known :]:
                if built == ROWS_A_FRAME:
                    break
                built += self._add(tag)
                self._known += 1
            self._refilter = True
        if self._replot:
            self._replot = not self._show_plots()
        if self._refilter:
            self._refilter = False
            self._apply_filter()
        elif not self._section.frame.collapsed:  # not in the same frame: a run that is opened brings all of it at once
            self._update_curves(metrics)
            self._show_values(metrics)

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
        """Finds out which plots can be seen; only where something moved, because asking all of them takes its time."""
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
        self._valued_version = -1
        self._replot = self._refilter = True

    def _add(self, tag: str) -> bool:
        """Lists a tag; returns whether a row had to be built for it."""
        if tag in _OWN_PLOTS:
            return False
        self._listed.add(tag)
        if tag in self._picked:
            self._replot = True
        if tag in self._rows:
            return False
        group, _, name = tag.rpartition("/")
        if group not in self._groups:
            with self._list:
                root = ui.VStack(height=0, spacing=2)
                with root:
                    with ui.HStack(height=18):
                        ui.Spacer(width=6)
                        ui.Label(group or "Other", name="caption", elided_text=True)
                    self._groups[group] = (root, ui.VStack(height=0))
        with self._groups[group][1]:
            self._rows[tag] = self._build_row(tag, group, name)
        return True

    def _build_row(self, tag: str, group: str, name: str) -> _Row:
        root = ui.HStack(height=20, spacing=style.SPACING)
        with root:
            ui.Spacer(width=8)
            with ui.VStack(width=16):
                ui.Spacer(height=4)
                box = ui.CheckBox(height=16, identifier=f"scalar:{tag}", tooltip=f"Plot {tag}.")
            ui.Label(
                name,
                elided_text=True,
                tooltip=tag,
                mouse_pressed_fn=lambda x, y, button, modifier: box.model.set_value(not box.model.as_bool),
            )
            value = ui.Label("", name="dim", width=0)
            ui.Spacer(width=10)
        box.model.set_value(tag in self._picked)
        pick = weakly(self._pick)
        subscription = box.model.subscribe_value_changed_fn(lambda model: pick(tag, model.as_bool))
        return _Row(group, root, box, value, subscription)

    def _pick(self, tag: str, picked: bool) -> None:
        self._picked = [other for other in self._picked if other != tag] + ([tag] if picked else [])
        self._settings.set("scalars", list(self._picked))
        self._replot = True

    def _show_plots(self) -> bool:
        """Adds plots and hides those that are not wanted any more; what is there is not built again.

        Returns:
            Whether all are there; if not, the rest is for the next frame.
        """
        picked = [tag for tag in self._picked if tag in self._listed]
        missing = [tag for tag in picked if tag not in self._curves]
        colors = style.CURVE_COLORS[2:]
        with self._plots:
            for tag in missing[:PLOTS_A_FRAME]:
                color = colors[len(self._curves) % len(colors)]
                self._curves[tag] = Curve(tag, color=color, height=90, identifier=f"plot:{tag}", clock=self._clock)
        wanted = [tag for tag in picked if tag in self._curves]
        for tag, curve in self._curves.items():
            curve.root.visible = tag in wanted
        # in the order in which they lie below each other
        self._shown, self._places = [tag for tag in self._curves if tag in wanted], None
        self._show_count()
        return len(missing) <= PLOTS_A_FRAME

    def _filter_changed(self) -> None:
        self._refilter = True

    def _apply_filter(self) -> None:
        words = self._filter.value.lower().split()
        shown = 0
        groups = set()
        for tag, row in self._rows.items():
            row.root.visible = matches = tag in self._listed and all(word in tag.lower() for word in words)
            if matches:
                shown += 1
                groups.add(row.group)
        for group, (root, _) in self._groups.items():
            root.visible = group in groups
        lines = shown + len(groups)
        self._list_frame.height = ui.Pixel(min(_LIST_HEIGHT, max(2, lines) * 22))
        self._empty.visible = shown == 0
        if self._listed:
            self._empty.text = f"No scalar matches “{self._filter.value.strip()}”."
        else:
            self._empty.text = "Scalars appear here when a training logs them."
        self._show_count()

    def _show_count(self) -> None:
        picked = sum(tag in self._listed for tag in self._picked)
        self._count.visible = bool(self._listed)
        self._count.text = f"{picked} of {len(self._listed)} shown" if self._listed else ""

    def _show_values(self, metrics: Metrics) -> None:
        now = self._clock()
        if metrics.version == self._valued_version or now - self._valued_at < VALUES_INTERVAL:
            return
        self._valued_version, self._valued_at = metrics.version, now
        for tag, row in self._rows.items():
            if row.root.visible:
                row.value.text = wording.number(metrics.last(tag))
