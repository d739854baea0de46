# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The rows of the settings: which are shown, which are changed, what is refused. Nothing here draws."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ...errors import UserError
from ...isaac_lab.task_settings import Kind, Setting, TaskSettings, matching
from ...run_config import PRESET_SELECTORS, RunConfig
from ..widgets.text import parse_words


class FormOverrides(Protocol):
    """The overrides of the form, which the tree shows and edits."""

    def written(self) -> tuple[str, ...]:
        """Returns the overrides in the form's field.

        Raises:
            UserError: When the field cannot be read.
        """
        ...

    def write(self, overrides: Sequence[str]) -> None:
        """Replaces the overrides in the form's field, as if the user had typed them."""
        ...


@dataclass(frozen=True, eq=False)
class SettingRow:
    """A row with a setting.

    Args:
        setting: The setting. For an override of something that the task does not have, a setting that is fixed.
        value: Its value, from its override if it has one.
        override: Its override; empty while it has the value of the task.
        is_open: Of a section, whether the rows of its settings follow.
        refused: Whether its override is refused; the sentence follows in rows of its own.
    """

    setting: Setting
    value: str
    override: str = ""
    is_open: bool = False
    refused: bool = False


@dataclass(frozen=True, eq=False)
class ProblemRow:
    """A line of the sentence that says why the override above is refused.

    Args:
        text: The line.
        sentence: All of it.
    """

    text: str
    sentence: str


Row = SettingRow | ProblemRow


class SettingsModel:
    """The settings of a task together with the form's overrides, the only place where changes are stored.

    Args:
        form: The overrides of the form.
    """

    def __init__(self, form: FormOverrides) -> None:
        self._form = form
        self._settings: TaskSettings | None = None
        self._written: tuple[str, ...] = ()
        self._by_key: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._open = {"env", "agent"}
        self.unreadable = ""
        """Why the form's field cannot be read; nothing can be changed then."""

    @property
    def settings(self) -> TaskSettings | None:
        """The settings; None while they are not known."""
        return self._settings

    def follow(self, settings: TaskSettings | None) -> bool:
        """Follows the form; returns whether anything changed."""
        unreadable, written = "", self._written
        try:
            written = self._form.written()
        except UserError as error:
            unreadable = str(error)
        if settings is self._settings and (written, unreadable) == (self._written, self.unreadable):
            return False
        self._settings, self._written, self.unreadable = settings, written, unreadable
        # the last one of a key is the one that applies
        self._by_key = {_key(text): text for text in written if _key(text) not in PRESET_SELECTORS}
        self._problems = {}
        if settings is not None:
            found = {key: settings.problem(text) for key, text in self._by_key.items()}
            self._problems = {key: sentence for key, sentence in found.items() if sentence}
        return True

    def state(self, setting: Setting) -> tuple[str, str, str]:
        """Returns the value of a setting, its override, and why that is refused; the last two may be empty."""
        override = self._by_key.get(setting.key, "")
        value = setting.text if not override or self._settings is None else self._settings.shown(override)
        return value, override, self._problems.get(setting.key, "")

    @property
    def changed(self) -> int:
        """How many settings have an override."""
        return len(self._by_key)

    def rows(self, words: Sequence[str], only_changed: bool, letters: int) -> list[Row]:
        """Returns the rows to show.

        Args:
            words: What the user searches for; all sections of what is found are open.
            only_changed: Whether to leave out what has the value of the task.
            letters: How many letters of a sentence fit in a row.
        """
        if self._settings is None:
            return []
        every = self._settings.all
        indices = self._opened(every) if not words and not only_changed else list(matching(every, words))
        if only_changed:
            indices = self._around_changes(every, indices)
        searched = bool(words) or only_changed
        found: list[Row] = []
        for index in indices:
            setting = every[index]
            found += self._row(setting, searched or setting.key in self._open, letters)
        for key, text in self._by_key.items():
            if key not in self._settings.by_key and all(word.lower() in key.lower() for word in words):
                found += self._row(Setting(key, Kind.FIXED, text), False, letters)
        return found

    def _opened(self, every: Sequence[Setting]) -> list[int]:
        indices, index = [], 0
        while index < len(every):
            setting = every[index]
            indices.append(index)
            index += 1 if setting.key in self._open else 1 + setting.size
        return indices

    def _around_changes(self, every: Sequence[Setting], indices: Sequence[int]) -> list[int]:
        kept = []
        for index in indices:
            inside = every[index : index + 1 + every[index].size]
            if any(setting.key in self._by_key for setting in inside):
                kept.append(index)
        return kept

    def _row(self, setting: Setting, is_open: bool, letters: int) -> list[Row]:
        value, override, problem = self.state(setting)
        value = setting.text if setting.kind is Kind.FIXED else value
        row = SettingRow(setting, value, override, is_open and bool(setting.size), bool(problem))
        return [row, *(ProblemRow(line, problem) for line in textwrap.wrap(problem, max(letters, 20)))]

    def toggle(self, key: str) -> None:
        """Opens or closes a section."""
        self._open ^= {key}

    def set_open(self, key: str, is_open: bool) -> None:
        """Opens or closes a section."""
        self._open = self._open | {key} if is_open else self._open - {key}

    def change(self, setting: Setting, typed: str) -> None:
        """Gives a setting what the user typed; the value of the task, or nothing for a number, resets it."""
        if self._settings is None or self.unreadable:
            return
        empty = not typed.strip() and setting.kind is not Kind.TEXT
        usual = typed == setting.text and setting.kind is not Kind.SECTION
        if empty or usual:
            self.reset(setting.key)
            return
        text = self._settings.override(setting, typed)
        if text != self._by_key.get(setting.key):
            self._merge((text,))

    def reset(self, key: str) -> None:
        """Takes back the override of a key."""
        if key in self._by_key:
            self._form.write([text for text in self._written if _key(text) != key])

    def reset_all(self) -> None:
        """Takes back all overrides; presets that are chosen by name stay."""
        if self._by_key:
            self._form.write([text for text in self._written if _key(text) in PRESET_SELECTORS])

    def copied(self) -> str:
        """Returns all overrides, quoted as in a shell."""
        return shlex.join(self._by_key.values())

    def paste(self, text: str) -> int:
        """Adds overrides, separated by spaces or lines and quoted as in a shell, and returns how many they are.

        Those of the same key are replaced.

        Raises:
            UserError: When the text has no overrides; nothing is changed then.
        """
        overrides = parse_words("The clipboard", text)
        if not overrides:
            raise UserError("The clipboard has no overrides: copy some, such as env.sim.dt=0.01.")
        RunConfig("Task", "", overrides=overrides).validate()
        self._merge(overrides)
        return len(overrides)

    def _merge(self, overrides: Sequence[str]) -> None:
        """Adds overrides; one takes the place of that with its key."""
        merged = {_key(text): text for text in self._written}
        merged |= {_key(text): text for text in overrides}  # a key keeps its place
        self._form.write(list(merged.values()))


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]
