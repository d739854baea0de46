# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The bars above the table of runs: the filter and TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import omni.ui as ui

from ...errors import UserError
from ...runs import Run
from ...runs.description import library_name
from ..widgets import style
from ..widgets.fields import Dropdown, LabelledCheckBox, TextField
from ..widgets.settings import Settings, remembered_text
from .columns import listed
from .services import Desktop, TensorBoardPort

_ROOMY = 620
"""From this width on, everything fits in one line [pixels]."""


class RunFilter:
    """The filter of the list, in the current layout.

    Args:
        settings: Stores the choices.
        on_change: Called when the filter changed.
        refresh: Rereads every run.
        start_tensorboard: The callback of the TensorBoard button; None leaves the button out.
    """

    def __init__(
        self,
        settings: Settings,
        on_change: Callable[[], None],
        refresh: Callable[[], None],
        start_tensorboard: Callable[[], None] | None,
    ) -> None:
        self._settings, self._on_change = settings, on_change
        self._options: list[tuple[str, str]] = []
        self._library = remembered_text(settings, "runs_library")
        self._root = ui.VStack(height=0, spacing=4)
        with self._root:
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._filter = TextField(
                    "runs_filter",
                    "Any words of a run's name, task, tags, library, status or folder.",
                    "Type to filter, such as: cartpole finished",
                    self._changed,
                )
                with ui.HStack(width=100):
                    self._libraries = Dropdown("runs_library", "List the runs of this library only.", self._picked)
                tooltip = "List archived runs instead of the others."
                self._archived = LabelledCheckBox("Archived", "runs_archived", tooltip, self._toggled)
                buttons = [("Refresh", "runs_refresh", "Read all runs again now.", refresh, 60)]
                if start_tensorboard is not None:
                    tooltip = "Show all runs in TensorBoard."
                    buttons.append(("TensorBoard", "runs_tensorboard", tooltip, start_tensorboard, 88))
                self._wide = self._build_buttons(buttons, "")
            self._narrow = self._build_buttons(buttons, "_narrow")
        self._filter.value = remembered_text(settings, "runs_filter")
        self._archived.value = settings.get("runs_show_archived", False) is True

    def _build_buttons(self, buttons: Sequence[tuple], suffix: str) -> ui.HStack:
        row = ui.HStack(width=0, height=style.ROW_HEIGHT, spacing=style.SPACING, visible=not suffix)
        with row:
            for label, identifier, tooltip, clicked, width in buttons:
                ui.Button(label, width=width, identifier=identifier + suffix, tooltip=tooltip, clicked_fn=clicked)
        return row

    def update(self, runs: Sequence[Run]) -> None:
        """Offers the libraries of these runs. Call it between frames only."""
        libraries = sorted({run.library for run in runs} | ({self._library} if self._library else set()))
        self._libraries.set_options([("", "All"), *((one, library_name(one)) for one in libraries)], self._library)

    def fit(self) -> None:
        """Moves the buttons beside the filter, or below it where it is narrow. Called once a frame."""
        roomy = self._root.computed_width >= _ROOMY
        if self._wide.visible is not roomy:
            self._wide.visible, self._narrow.visible = roomy, not roomy

    def listed(self, runs: Sequence[Run]) -> list[Run]:
        """Returns the runs that match the filter."""
        return listed(runs, self._filter.value, self._library, self._archived.value)

    @property
    def narrows(self) -> bool:
        """Whether the filter may exclude runs."""
        return bool(self._filter.value.strip() or self._library or self._archived.value)

    def _changed(self) -> None:
        self._settings.set("runs_filter", self._filter.value)
        self._on_change()

    def _picked(self) -> None:
        self._library = self._libraries.value
        self._settings.set("runs_library", self._library)
        self._on_change()

    def _toggled(self) -> None:
        self._settings.set("runs_show_archived", self._archived.value)
        self._on_change()


class TensorBoardBar:
    """The state of TensorBoard, in the current layout; visible once it was started."""

    def __init__(self, tensorboard: TensorBoardPort, desktop: Desktop | None, say: Callable[[str, bool], None]) -> None:
        self._tensorboard, self._desktop, self._say = tensorboard, desktop, say
        self._shown = ""
        self._root = ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING, visible=False)
        with self._root:
            self._text = ui.Label("", elided_text=True, identifier="tensorboard_text")
            self._links = ui.HStack(width=0, spacing=4)
            with self._links:
                if desktop is not None:
                    self._button("Open", "Open TensorBoard in the browser.", self._open)
                    self._button("Copy", "Copy the link to TensorBoard.", lambda: desktop.copy(tensorboard.url))
            self._button("Close", "Stop TensorBoard if it was started here.", self._stop)

    def _button(self, label: str, tooltip: str, clicked: Callable[[], None]) -> None:
        identifier = f"tensorboard_{label.lower()}"
        ui.Button(label, width=46, identifier=identifier, tooltip=tooltip, clicked_fn=clicked)

    def update(self) -> None:
        """Shows the current state. Called once a frame."""
        board = self._tensorboard
        board.update()
        if board.problem:
            text = board.problem
        elif board.url:
            text = f"TensorBoard {'is running already at' if board.running_elsewhere else 'runs at'} {board.url}"
        else:
            text = "TensorBoard is starting…" if board.starting else ""
        if text != self._shown:
            self._shown = self._text.text = text
            self._text.name = "warning" if board.problem else ""
            self._text.set_tooltip(text)
            self._root.visible = bool(text)
            self._links.visible = bool(board.url)

    def _open(self) -> None:
        assert self._desktop is not None
        try:
            self._desktop.open_link(self._tensorboard.url)
        except UserError as error:
            self._say(str(error), True)

    def _stop(self) -> None:
        self._tensorboard.problem = ""
        self._tensorboard.stop()
