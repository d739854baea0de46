# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of all tasks, as the panel sees it, and the card of the chosen one."""

from __future__ import annotations

from typing import Protocol

import omni.ui as ui

from ...isaac_lab.task_card import TaskCard, card_rows
from ...isaac_lab.tasks import Catalogue, Task, TaskDetails
from ...runs import as_text
from ..widgets import style
from ..widgets.section import Section
from ..widgets.settings import Settings
from .source_buttons import OpenFile, SourceButtons


class TaskCards(Protocol):
    """What is known of all tasks. It is read in a process of its own, and kept for the next session."""

    serial: int
    """Changes whenever more is known."""

    @property
    def progress(self) -> str:
        """What is being read, in a few words; empty when nothing is."""
        ...

    def update(self, catalogue: Catalogue | None, wanted: bool, idle: bool) -> None:
        """Once a frame: reads on.

        Args:
            catalogue: The tasks; None while they are loading.
            wanted: Whether the user looks at the list.
            idle: Whether nothing runs that reading would slow down.
        """
        ...

    def get(self, name: str) -> TaskDetails | None:
        """Returns what is known of a task."""
        ...


class _NoCards:
    serial = 0
    progress = ""

    def update(self, catalogue: Catalogue | None, wanted: bool, idle: bool) -> None:
        pass

    def get(self, name: str) -> TaskDetails | None:
        return None


NO_CARDS: TaskCards = _NoCards()
"""For a host that reads none."""


class AboutTask:
    """A section that says what the chosen task is; it is folded until the user opens it.

    Args:
        settings: Where it is remembered whether it is open.
        open_file: Opens the sources of the task; None leaves the buttons out.
    """

    def __init__(self, settings: Settings, open_file: OpenFile | None) -> None:
        self._open_file = open_file
        self._shown: tuple[Task | None, TaskCard | None, str] | None = None
        self._sources: SourceButtons | None = None
        with Section("About the task", "section_about", settings, collapsed=True) as self._section:
            self._body = ui.VStack(height=0, spacing=4)

    def update(self, task: Task | None, card: TaskCard | None, agent: str = "") -> None:
        """Once a frame: shows the card of a task, if the section is open.

        Args:
            task: The chosen task; None without one.
            card: What is known of it.
            agent: The key of the chosen agent configuration; empty without one.
        """
        if self._section.frame.collapsed or (task, card, agent) == self._shown:
            return
        self._shown, self._sources = (task, card, agent), None
        self._body.clear()
        with self._body:
            if task is None:
                ui.Label("No task is chosen.", name="dim", identifier="card_about")
                return
            about = "" if card is None else card.about
            if about:
                ui.Label(as_text(about), word_wrap=True, identifier="card_about")
            agents = ", ".join(key.removesuffix("_cfg_entry_point") for key in task.agents)
            for label, text in [
                ("Workflow", task.workflow),
                ("Agents", agents),
                *(() if card is None else card_rows(card)),
            ]:
                if text:
                    _build_row(label, text)
            if card is None:
                ui.Label("The task's configuration has not been read.", name="dim", word_wrap=True)
            elif card.source:
                _build_row("Source", card.source)
            if self._open_file is not None:
                self._sources = SourceButtons(task.name, agent, self._open_file)
            ui.Spacer(height=2)


def _build_row(label: str, text: str) -> None:
    with ui.HStack(height=0, spacing=style.SPACING):
        ui.Label(label, width=style.LABEL_WIDTH, name="dim", alignment=ui.Alignment.LEFT_TOP)
        ui.Label(as_text(text), word_wrap=True, identifier=f"card_{label.lower()}")
