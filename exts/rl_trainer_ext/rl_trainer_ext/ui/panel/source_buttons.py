# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The buttons that open the sources of a task in the user's editor."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

import omni.ui as ui

from ...errors import UserError
from ...isaac_lab.source_places import CONFIGURATION, ENVIRONMENT, places_of
from ...runs import as_text
from ..widgets import style
from ..widgets.weak import weak_callback


class OpenFile(Protocol):
    """Opens a text file in the user's editor."""

    def __call__(self, path: Path, line: int = 1) -> str:
        """Opens a file at a line, counted from 1.

        Returns:
            An empty text; a sentence about what was done instead where no editor can be opened.

        Raises:
            UserError: When nothing can be done.
        """
        ...


class SourceButtons:
    """Built into the current layout; takes no space for a task whose source is not found.

    Args:
        task: The name of the task.
        agent: The key of the agent configuration in its registration.
        open_file: Opens a file.
    """

    def __init__(self, task: str, agent: str, open_file: OpenFile) -> None:
        self._task, self._open_file = task, open_file
        places = places_of(task)
        if not places:
            return
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            ui.Label("Edit", width=style.LABEL_WIDTH, name="dim")
            for text, identifier, key, what in (
                ("Task", "environment", ENVIRONMENT, "the environment's class"),
                ("Environment", "configuration", CONFIGURATION, "the environment's configuration"),
                ("Agent", "agent", agent, "the agent's configuration"),
            ):
                place = places.get(key)
                ui.Button(
                    text,
                    identifier=f"edit_{identifier}",
                    tooltip=f"No source is found for {what}."
                    if place is None
                    else as_text(f"Open {what} in your editor ($VISUAL, $EDITOR, or the desktop's):\n{place}"),
                    enabled=place is not None,
                    clicked_fn=partial(weak_callback(self._open), key),
                )
        self._message = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="card_problem")

    def _open(self, key: str) -> None:
        place = places_of(self._task).get(key)  # anew: lines move while the user edits
        try:
            said = "The source is gone." if place is None else self._open_file(Path(place.file), place.line)
        except UserError as error:
            said = str(error)
        self._message.text, self._message.visible = as_text(said), bool(said)
