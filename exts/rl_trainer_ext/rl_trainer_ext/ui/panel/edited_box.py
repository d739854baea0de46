# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is said of edited task code, and the choice which code to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...run_config import RunConfig
from ...runs import as_text
from ...training.commands import Load, Play, Reload, Train, TrainerPort
from ...training.snapshot import EditedCode, Snapshot
from ..widgets import style
from ..widgets.fields import LabelledCheckBox, row
from ..widgets.settings import Settings
from .form_fields import FormField

_PADDING = 8

_RELOAD = "Import the edited packages again, all of them or none (R). Takes about a second."
_OLD = "Run the code that was imported, and not what the files say now."
_HIDE = "Hide this until another file is edited."


class EditedBox:
    """Shows which files were edited, in the current layout, and takes no space without any.

    Args:
        trainer: Imports the code again.
        reloads: Whether the user wants edited code to be imported before each run without being asked.
    """

    def __init__(self, trainer: TrainerPort, reloads: Callable[[], bool]) -> None:
        self._trainer, self._reloads = trainer, reloads
        self._edited = EditedCode()
        self._hidden = EditedCode()
        self._asked: Train | Play | Load | None = None
        self._shown: tuple[Any, ...] = ()
        self._root = ui.ZStack(height=0, visible=False, identifier="edited")
        with self._root:
            ui.Rectangle(name="hint")
            with ui.HStack(height=0):
                ui.Spacer(width=_PADDING)
                with ui.VStack(height=0, spacing=style.SPACING):
                    ui.Spacer(height=2)
                    self._words = ui.Label("", word_wrap=True, height=0, identifier="edited_words")
                    self._restart = ui.Label(
                        "", name="warning", word_wrap=True, height=0, identifier="edited_restart", visible=False
                    )
                    self._build_buttons()
                    ui.Spacer(height=2)
                ui.Spacer(width=_PADDING)

    def _build_buttons(self) -> None:
        def button(text: str, identifier: str, width: int, tooltip: str, clicked: Callable[[], object]) -> ui.Button:
            return ui.Button(text, identifier=identifier, width=width, tooltip=tooltip, clicked_fn=clicked)

        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._reload = button("Reload", "reload", 90, _RELOAD, self.reload)
            self._old = button("Old code", "old_code", 80, _OLD, self._take_old)
            ui.Spacer()
            self._hide = button("Hide", "edited_hide", 70, _HIDE, self._dismiss)

    @property
    def question(self) -> str:
        """The question that the user has to answer before a run starts; empty without one."""
        return "" if self._asked is None else f"{_since(self._edited)} Choose Reload or Old code in the panel."

    def start(self, command: Train | Play | Load) -> bool:
        """Starts a run, unless its code was edited: then asks which code to run, or imports it again before.

        Returns:
            False when the user is asked.
        """
        edited = self._trainer.snapshot().edited
        self._asked = None
        if not edited.concerns(command.config.task):
            self._trainer.request(command)
        elif self._reloads():
            self._trainer.request(Reload(command))
        else:
            self._edited, self._hidden, self._asked = edited, EditedCode(), command
            return False
        return True

    def reload(self) -> None:
        """Has the edited code imported again, and starts the run that waits for it."""
        if self._edited.words:
            self._trainer.request(Reload(self._asked))
            self._asked = None

    def forget(self) -> None:
        """Forgets the run that waits, such as when the user changes what it is to be."""
        self._asked = None

    def _take_old(self) -> None:
        if self._asked is not None:
            self._trainer.request(self._asked)
            self._asked = None

    def _dismiss(self) -> None:
        if self._asked is None:
            self._hidden = self._edited
        self._asked = None

    def update(self, snapshot: Snapshot) -> None:
        """Once a frame: shows what was edited."""
        idle = snapshot.can_start
        if self._asked is not None and not (idle and snapshot.edited.words):
            self._asked = None  # another run has started, or the code has been imported again
        shown = snapshot.edited, idle, self._asked, self._hidden
        if shown == self._shown:
            return
        self._shown = shown
        self._edited = edited = snapshot.edited
        self._root.visible = edited != EditedCode() and edited != self._hidden
        self._words.visible = self._reload.visible = bool(edited.words)
        self._words.text = as_text(self._sentence(edited, idle))
        self._words.set_tooltip(as_text("\n".join(map(str, edited.files))))
        self._restart.text, self._restart.visible = as_text(edited.restart), bool(edited.restart)
        self._reload.enabled = idle
        asks = self._asked is not None
        self._old.visible = asks
        self._hide.text = "Cancel" if asks else "Hide"
        self._hide.set_tooltip("Start no run." if asks else _HIDE)

    def _sentence(self, edited: EditedCode, idle: bool) -> str:
        if not edited.words:
            return ""
        if self._asked is not None:
            return f"{_since(edited)} Which code is to run?"
        return _since(edited) if idle else f"{_since(edited)} This run has the old code: stop it to reload."


def _since(edited: EditedCode) -> str:
    return f"Since the import: {edited.words}."


class ReloadOption(FormField):
    """Whether edited code is imported again before each run without a question.

    Args:
        on_change: Called when the user changed it.
    """

    KEY = "reload_before_run"

    def __init__(self, on_change: Callable[[], None]) -> None:
        tooltip = (
            "Before each run, import the code of your own tasks again where it was edited, without asking.\n"
            "Where that fails, no run starts. Of an entry of the queue, all seeds train the same code."
        )
        with row("", tooltip):
            self._box = LabelledCheckBox("Reload edited code", self.KEY, tooltip, on_change, stretch=True)

    @classmethod
    def chosen(cls, settings: Settings) -> bool:
        """Returns whether the settings say that it is checked."""
        return settings.get(cls.KEY, False) is True

    @property
    def value(self) -> bool:
        """Whether it is checked."""
        return self._box.value

    def restore(self, settings: Settings) -> None:
        self._box.value = self.chosen(settings)

    def remembered(self) -> dict[str, Any]:
        return {self.KEY: self._box.value}

    def values(self, playing: bool) -> dict[str, Any]:
        return {}  # a command is a new process, which imports what the files say

    def show(self, config: RunConfig, playing: bool) -> None:
        pass

    def enable(self, idle: bool) -> None:
        pass
