# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lays out the run browser: the table, and below it details, curves and parameters, some as tabs."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ..widgets import style
from ..widgets.pending import Pending
from ..widgets.settings import Settings

_WIDE = 760
"""From this width on, the details are beside the other two [pixels]."""

_DETAILS_WIDTH = 350
_TITLES = {"details": "Run", "curves": "Curves", "parameters": "Parameters"}
_LEAST_TABLE, _LEAST_BELOW = 110, 150
_HANDLE, _GAP, _TAB_WIDTH = 8, 10, 86
_SHARE = 0.4
"""The table's default share of the height."""


class RunPanes:
    """The panes, built into the current layout.

    Args:
        settings: Stores the open tab and the table's share of the height.
        table: Builds the table; the others likewise build their pane.
    """

    def __init__(
        self,
        settings: Settings,
        table: Callable[[], None],
        details: Callable[[], None],
        curves: Callable[[], None],
        parameters: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._tab = str(settings.get("runs_tab", "details"))
        if self._tab not in _TITLES:
            self._tab = "details"
        share = settings.get("runs_share", _SHARE)
        self._share = share if isinstance(share, float) and 0 < share < 1 else _SHARE
        self._wide: bool | None = None
        self._height = -1.0
        self._pending = Pending()
        self._panes: dict[str, ui.Frame] = {}
        self._tabs: dict[str, tuple[ui.Rectangle, ui.Label]] = {}
        self._root = ui.ZStack()
        with self._root:
            with ui.VStack(spacing=0):
                self._top = ui.Frame(height=200, **style.CLIPPED)
                with self._top:
                    table()
                ui.Spacer(height=_HANDLE)
                with ui.HStack(height=style.ROW_HEIGHT, spacing=2):
                    self._build_tab("details")
                    self._gap = ui.Spacer(width=0)
                    self._build_tab("curves")
                    self._build_tab("parameters")
                    ui.Spacer()
                with ui.HStack(spacing=_GAP):
                    for key, build in (("details", details), ("curves", curves), ("parameters", parameters)):
                        self._panes[key] = ui.Frame(visible=False, **style.CLIPPED)
                        with self._panes[key]:
                            build()
            self._handle = ui.Placer(draggable=True, drag_axis=ui.Axis.Y, offset_y=200)
            with self._handle:
                ui.Rectangle(
                    height=_HANDLE, name="splitter", identifier="runs_splitter", tooltip="Drag: more or fewer rows."
                )
        self._handle.set_offset_y_changed_fn(lambda offset: self._pending.add(lambda: self._dragged(offset)))

    def _build_tab(self, key: str) -> None:
        with ui.ZStack(width=_TAB_WIDTH):
            background = ui.Rectangle(
                name="tab",
                identifier=f"runs_tab:{key}",
                mouse_pressed_fn=lambda x, y, button, modifier: self.open(key) if button == 0 else None,
            )
            label = ui.Label(_TITLES[key], name="dim", alignment=ui.Alignment.CENTER)
        self._tabs[key] = background, label

    def open(self, key: str) -> None:
        """Opens a tab, at the next update."""
        self._pending.add(lambda: self._open(key))

    def _open(self, key: str) -> None:
        if self._wide and key == "details":
            return  # the details are visible already
        self._tab = key
        self._settings.set("runs_tab", key)
        self._show()

    def shows(self, key: str) -> bool:
        """Returns whether a pane is visible."""
        return bool(self._panes[key].visible)

    def update(self) -> None:
        """Follows the size, the mouse and the splitter. Called once a frame."""
        self._pending.run()
        width, height = self._root.computed_width, self._root.computed_height
        if width > 0 and (width >= _WIDE) is not self._wide:
            self._wide = width >= _WIDE
            self._show()
        if height != self._height and height > 0:
            self._height = height
            self._place()

    def _place(self) -> None:
        table = max(_LEAST_TABLE, min(self._share * self._height, self._height - _LEAST_BELOW))
        self._top.height = ui.Pixel(table)
        if abs(self._handle.offset_y.value - table) > 0.5:
            self._handle.offset_y = ui.Pixel(table)

    def _dragged(self, offset: ui.Length) -> None:
        if self._height > 0:
            share = min(max(0.0, offset.value / self._height), 1.0)
            if abs(share * self._height - self._top.height.value) > 0.5:
                self._share = share
                self._settings.set("runs_share", round(share, 3))
                self._place()

    def _show(self) -> None:
        beside = self._tab if self._tab != "details" else "curves"
        seen = {"details", beside} if self._wide else {self._tab}
        for key, pane in self._panes.items():
            pane.visible = key in seen
        self._panes["details"].width = ui.Pixel(_DETAILS_WIDTH) if self._wide else ui.Fraction(1)
        self._gap.width = ui.Pixel(_DETAILS_WIDTH + _GAP - _TAB_WIDTH - 4 if self._wide else 0)
        for key, (background, label) in self._tabs.items():
            background.selected = label.selected = key in seen
