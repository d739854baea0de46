# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the curves of the selected runs in a chart."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ... import wording
from ...errors import UserError
from ...metrics import MEAN_REWARD, Curve, EventReaders
from ...metrics.comparison import Axis
from ...metrics.export import write_csv, write_png
from ...runs import Run
from ..widgets import style, text
from ..widgets.chart import Chart, Mouse
from ..widgets.fields import Dropdown, LabelledCheckBox
from ..widgets.layout import centred
from ..widgets.pending import Pending
from ..widgets.row_list import RowList
from ..widgets.search_list import SearchList, SearchWords
from ..widgets.settings import Settings, remembered_number, remembered_text
from ..widgets.weak import weak_callback
from .curve_set import MOST_RUNS, CurveOptions, CurveSet

READING_SLICE = 0.004
"""The time for reading events in each frame [s]."""

REDRAW_INTERVAL = 0.5
"""The time between two drawings of growing curves [s]."""

LARGEST_SMOOTHING = 0.99
_LEGEND_ROW = 20
_LEGEND_ROWS = 5
_NARROW = 400

_SCALARS = SearchWords("scalar", "reward mean", "No scalars", "No scalars were logged yet.")
_AXES = {Axis.ITERATION: "Iterations", Axis.STEPS: "Steps", Axis.WALL_TIME: "Time"}


@dataclass
class _LegendRow:
    swatch: ui.Rectangle
    label: ui.Label
    value: ui.Label


class Comparison:
    """The chart with its controls and its legend, built into the current layout.

    Args:
        settings: Stores the choices.
        readers: Reads the events of the runs.
        folder: The folder for tables and pictures.
        say: Shows a message; the second argument is whether it is an error.
        mouse: The host's mouse, or None; see :class:`Chart`.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        settings: Settings,
        readers: EventReaders,
        folder: Path,
        say: Callable[[str, bool], None],
        mouse: Mouse | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._folder, self._say, self._clock = settings, folder, say, clock
        self._set = CurveSet(readers, clock)
        self._drawn_at = -math.inf
        self._version = -1
        self._stale = True
        self._reading = False
        self._selected = 0
        self._tags: tuple[str, ...] = ()
        self._tag = remembered_text(settings, "compare_tag", MEAN_REWARD)
        self._curves: list[Curve] = []
        self._pending = Pending()
        self._root = ui.VStack(spacing=4)
        with self._root:
            ui.Spacer(height=2)
            self._build_controls()
            self._tag_list.build_list()
            self._drawing = ui.VStack(spacing=4)
            with self._drawing:
                self._build_drawing(mouse)

    def _build_drawing(self, mouse: Mouse | None) -> None:
        self._chart = Chart(mouse)
        self._caption = ui.Label("", name="caption", height=14, elided_text=True, identifier="compare_caption")
        self._legend_frame = ui.Frame(height=0)
        with self._legend_frame:
            self._legend: RowList[Curve, _LegendRow] = RowList(
                "compare_legend", self._build_legend_row, self._fill_legend_row, _LEGEND_ROW
            )

    def _build_controls(self) -> None:
        get = self._settings.get
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._tag_list = SearchList("compare_tag", _SCALARS, self._tag_picked)
            with ui.HStack(width=96):
                self._axis_choice = Dropdown(
                    "compare_axis",
                    "The x axis: training iterations, environment steps over all environments, "
                    "or time since the run began [s], without the time between resumed runs.",
                    self._picked,
                )
        axes = [(axis.name, label) for axis, label in _AXES.items()]
        self._axis_choice.set_options(axes, remembered_text(self._settings, "compare_axis", Axis.ITERATION.name))
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            tooltip = "Smoothing as in TensorBoard: weight of the past, 0 to 0.99. The unsmoothed curve is drawn pale."
            self._smoothing_label = ui.Label("Smooth", width=0, name="dim", tooltip=tooltip)
            with ui.VStack():
                ui.Spacer(height=2)
                self._smoothing = ui.FloatSlider(
                    min=0.0, max=LARGEST_SMOOTHING, step=0.01, identifier="compare_smoothing", tooltip=tooltip
                )
                ui.Spacer(height=2)
            self._mean = LabelledCheckBox(
                "Mean",
                "compare_mean",
                "Draw runs that differ in their seed only as their mean and standard deviation.",
                self._changed,
            )
            self._join = LabelledCheckBox(
                "Join",
                "compare_join",
                "Draw a resumed run together with the run that it was resumed from.",
                self._changed,
            )
            ui.Button(
                "CSV",
                width=38,
                identifier="compare_csv",
                tooltip="Write the unsmoothed points of these curves to a table.",
                clicked_fn=self._pending.adding(self._write_csv),
            )
            ui.Button(
                "PNG",
                width=38,
                identifier="compare_png",
                tooltip="Write these curves to a picture, as drawn here.",
                clicked_fn=self._pending.adding(self._write_png),
            )
        smoothing = remembered_number(self._settings, "compare_smoothing", 0.0, 0.0, LARGEST_SMOOTHING)
        self._smoothing.model.set_value(float(smoothing))
        self._mean.value = get("compare_mean", False) is True
        self._join.value = get("compare_join", True) is True
        self._subscription = self._smoothing.model.subscribe_value_changed_fn(weak_callback(self._smoothed))

    def show(self, selected: Sequence[Run], known: Mapping[Path, Run]) -> None:
        """Draws the curves of these runs.

        Args:
            selected: The runs, in the order of their colours.
            known: All runs by directory, to find the parents of resumed runs.
        """
        self._selected = len(selected)
        self._set.select(selected, known)

    def update(self) -> None:
        """Reads more events and draws what changed. Called once a frame while visible."""
        self._pending.run()
        self._smoothing_label.visible = self._root.computed_width >= _NARROW
        self._tag_list.update()
        self._drawing.visible = not self._tag_list.is_open
        reading = not self._set.read(READING_SLICE)
        now = self._clock()
        grown = self._set.version != self._version and (not reading or now - self._drawn_at >= REDRAW_INTERVAL)
        if self._stale or grown or reading is not self._reading:
            self._stale, self._reading, self._drawn_at = False, reading, now
            self._version = self._set.version
            self._draw()
        if self._chart.update():
            self._legend.refill()
            self._show_caption()
        self._legend.update()

    @property
    def choice(self) -> CurveOptions:
        """The present options of the chart."""
        return CurveOptions(
            self._tag_list.value or self._tag,
            Axis[self._axis_choice.value],
            min(self._smoothing.model.as_float, LARGEST_SMOOTHING),
            self._mean.value,
            self._join.value,
        )

    def _draw(self) -> None:
        if self._set.tags != self._tags:
            self._tags = self._set.tags
            self._tag_list.set_items(self._tags)
            self._tag_list.value = self._tag if self._tag in self._tags else self._tags[0] if self._tags else ""
        choice = self.choice
        self._curves = self._set.curves(choice)
        label = _durations if choice.axis is Axis.WALL_TIME else text.tick_labels
        self._chart.show(self._curves, self._words(choice), label)
        rows = min(len(self._curves), _LEGEND_ROWS)
        self._legend_frame.height = ui.Pixel(rows * _LEGEND_ROW)
        self._legend.items = self._curves
        self._show_caption()

    def _words(self, choice: CurveOptions) -> str:
        """Explains an empty chart."""
        if not self._selected:
            return "Select runs to see their curves. Ctrl+click and Shift+click select several."
        if self._reading:
            done, total = self._set.progress
            return f"Reading events: {done} of {total} runs…"
        if self._tags:
            return f"{choice.tag} has no values on this axis: choose another axis."
        return "No scalars were logged yet."

    def _show_caption(self) -> None:
        at = self._chart.at
        if at is None:
            more = f", {MOST_RUNS} of {self._selected} runs" if self._selected > MOST_RUNS else ""
            reading = ", reading…" if self._reading else ""
            self._caption.text = f"{self.choice.axis.label}: last values{more}{reading}" if self._curves else ""
        elif self.choice.axis is Axis.WALL_TIME:
            self._caption.text = f"At {wording.duration(at)}"
        else:
            self._caption.text = f"At {self.choice.axis.label.lower()} {at:,.0f}"

    def _build_legend_row(self, number: int) -> _LegendRow:
        with ui.HStack(spacing=style.SPACING):
            ui.Spacer(width=4)
            with centred(12):
                swatch = ui.Rectangle(width=12, height=3)
            label = ui.Label("", elided_text=True, identifier=f"legend_label:{number}")
            value = ui.Label("", width=0, identifier=f"legend_value:{number}")
            ui.Spacer(width=8)
        return _LegendRow(swatch, label, value)

    def _fill_legend_row(self, row: _LegendRow, curve: Curve, index: int) -> None:
        row.swatch.set_style({"background_color": curve.color})
        row.label.text = curve.label
        row.label.set_tooltip("\n".join(label for label, _ in curve.traces))
        value = (float(curve.y[-1]) if len(curve.y) else None) if self._chart.at is None else curve.at(self._chart.at)
        row.value.text = wording.number(value)

    def key_pressed(self, key: int) -> bool:
        """Returns whether the list of tags used a key."""
        return self._tag_list.key_pressed(key)

    def draw_mean(self) -> None:
        """Draws runs that differ in their seed only as their mean and standard deviation, as its check box does."""
        self._mean.value = True
        self._changed()

    def _tag_picked(self, tag: str) -> None:
        self._tag = tag
        self._settings.set("compare_tag", self._tag)
        self._stale = True

    def _picked(self) -> None:
        self._settings.set("compare_axis", self._axis_choice.value)
        self._stale = True

    def _smoothed(self, model: ui.AbstractValueModel) -> None:
        self._changed()

    def _changed(self) -> None:
        choice = self.choice
        self._settings.set("compare_smoothing", round(choice.smoothing, 2))
        self._settings.set("compare_mean", choice.mean)
        self._settings.set("compare_join", choice.join)
        self._stale = True

    def _write_csv(self) -> None:
        self._write("csv", lambda path: write_csv(path, self._curves, self.choice.tag))

    def _write_png(self) -> None:
        choice = self.choice
        self._write("png", lambda path: write_png(path, self._curves, choice.axis.label, choice.tag))

    def _write(self, ending: str, write: Callable[[Path], None]) -> None:
        if not self._curves:
            self._say("There are no curves to write: select runs first.", True)
            return
        name = re.sub(r'[\s/\\<>:"|?*]', "_", self.choice.tag)  # file names that every system allows
        path = self._folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{name}.{ending}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write(path)
        except UserError as error:
            self._say(str(error), True)
        except OSError as error:
            self._say(f"{self._folder} cannot be written ({error.strerror}): choose another log root.", True)
        else:
            self._say(f"Written to {path}", False)


def _durations(ticks: list[float]) -> list[str]:
    return [wording.duration(tick) for tick in ticks]
