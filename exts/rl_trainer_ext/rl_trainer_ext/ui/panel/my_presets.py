# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's own presets: the whole form as a YAML file, saved under a name or a path, and loaded again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import omni.ui as ui

from ...errors import UserError, shortened
from ...run_config import RunConfig, check_folder_name, check_path
from ...runs import as_text
from ...runs.config_files import read_config, write_config
from ...training.snapshot import Snapshot
from ..widgets import style
from ..widgets.fields import Dropdown, TextField, row
from ..widgets.pending import Pending
from ..widgets.section import Section
from ..widgets.settings import Settings, task_modules

_ENDINGS = (".yaml", ".yml")

_CHOOSE = "choose a saved one"

LOOK_INTERVAL = 30
"""Frames between two looks at the folder, which other programs may change."""


class WholeForm(Protocol):
    """The form, as a whole."""

    @property
    def title(self) -> str:
        """The name of the chosen task; empty while none is."""
        ...

    @property
    def editable(self) -> bool:
        """Whether the user may change the fields."""
        ...

    def config(self, playing: bool) -> RunConfig:
        """Returns what the fields say.

        Raises:
            UserError: For the first field that cannot be right.
        """
        ...

    def set_config(self, config: RunConfig, playing: bool) -> None:
        """Writes a configuration into the fields."""
        ...


class MyPresets:
    """A section of the panel, built into the current layout.

    Args:
        form: What is saved and loaded.
        settings: Stores whether the section is folded; has the modules of tasks.
        folder: Where presets with a name are; it need not exist.
        log_root: Where the panel writes runs, which a preset does not change.
    """

    def __init__(self, form: WholeForm, settings: Settings, folder: Path, log_root: str) -> None:
        self._form, self._settings, self._folder, self._log_root = form, settings, folder, log_root
        self._pending = Pending()
        self._snapshot = Snapshot()
        self._asked: tuple[Path, RunConfig] | None = None
        self._replaced: Path | None = None
        self._look_in = 0
        self._enabled = True
        with (
            Section("My presets", "section_my_presets", settings, collapsed=True) as self._section,
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            tooltip = f"The presets in {folder}."
            with row("Saved", as_text(tooltip)):
                self._names = Dropdown("my_presets", as_text(tooltip), self._pending.adding(self._picked))
            tooltip = (
                "A name, or the path of a YAML file, such as night or ~/night.yaml.\n"
                "On the command line: train --preset FILE."
            )
            with row("Preset", tooltip):
                self._file = TextField("preset_file", tooltip, "night", self._typed)
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._buttons = [
                    self._button("Save", "preset_save", "Save the whole form in this file.", self._save),
                    self._button("Load", "preset_load", "Fill the whole form from this file.", self._load),
                ]
            self._words = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="preset_words")
            self._question = ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING, visible=False)
            with self._question:
                self._button("Switch task", "preset_switch", "Choose that task, and load the preset.", self._switch)
                self._button("Cancel", "preset_cancel", "Leave the form as it is.", self._typed)

    def _button(self, label: str, identifier: str, tooltip: str, action: Callable[[], None]) -> ui.Button:
        return ui.Button(label, identifier=identifier, tooltip=tooltip, clicked_fn=self._pending.adding(action))

    def update(self, snapshot: Snapshot) -> None:
        """Does what callbacks enqueued, and lists the presets. Called once a frame, between omni.ui's callbacks."""
        self._snapshot = snapshot
        self._pending.run()
        self._look_in -= 1
        if self._look_in <= 0 and not self._section.frame.collapsed:
            self._list()
        if self._form.editable is not self._enabled:
            self._enabled = self._names.enabled = self._file.enabled = self._form.editable
            for button in self._buttons:
                button.enabled = self._enabled

    def _list(self) -> None:
        self._look_in = LOOK_INTERVAL
        try:
            found = sorted(path.name for path in self._folder.iterdir() if path.suffix in _ENDINGS and path.is_file())
        except OSError:
            found = []  # nothing was saved yet
        names = [name.removesuffix(".yaml") for name in found]
        self._names.set_options([("", _CHOOSE), *[(name, name) for name in names]], self._names.value)

    def _picked(self) -> None:
        if self._names.value:
            self._file.value = self._names.value
            self._typed()

    def _typed(self) -> None:
        self._asked = self._replaced = None
        self._pending.add(lambda: self._say("", "warning"))

    def _say(self, words: str, name: str) -> None:
        self._words.text, self._words.name, self._words.visible = as_text(words), name, bool(words)
        self._question.visible = self._asked is not None

    def _save(self) -> None:
        self._asked = None
        try:
            path = self._path()
            config = self._form.config(playing=False)
            if path.exists() and path != self._replaced:
                self._replaced = path
                raise UserError(f"{path.name} exists: press Save again to replace it.")
            write_config(path, config.replace(log_root=RunConfig("", "").log_root))
        except UserError as error:
            self._say(str(error), "warning")
            return
        self._replaced, self._look_in = None, 0
        self._say(f"Saved {path}", "notice")

    def _load(self) -> None:
        self._asked = None
        try:
            path = self._path()
            config = read_config(path)
            self._check_task(path, config)
        except UserError as error:
            self._say(str(error), "warning")
            return
        if self._form.title and config.task != self._form.title:
            self._asked = path, config
            self._say(f"{path.name} is a preset of {config.task}, and {self._form.title} is chosen.", "warning")
        else:
            self._fill(path, config)

    def _check_task(self, path: Path, config: RunConfig) -> None:
        """Refuses a preset of a task that is not there."""
        missing = [name for name in config.external if name not in task_modules(self._settings)]
        catalogue = self._snapshot.catalogue
        try:
            if catalogue is not None:
                catalogue.get(config.task)
        except UserError as error:
            if not missing:
                raise UserError(f"{path.name}: {error}") from error
            raise UserError(
                f"{path.name} needs the task modules {', '.join(map(shortened, missing))}: enter them in "
                "More options > Task modules, and load it again."
            ) from error

    def _switch(self) -> None:
        if self._asked is not None:
            (path, config), self._asked = self._asked, None
            self._fill(path, config)

    def _fill(self, path: Path, config: RunConfig) -> None:
        self._form.set_config(config.replace(log_root=self._log_root, external=()), playing=False)
        stays = config.log_root not in (RunConfig("", "").log_root, self._log_root)
        kept = f" Runs stay in {self._log_root}, not in {shortened(config.log_root)}." if stays else ""
        self._say(f"Loaded {path.name}.{kept}", "notice")

    def _path(self) -> Path:
        """The file that the user means.

        Raises:
            UserError: When there is no such name or path.
        """
        typed = self._file.value.strip()
        if not typed:
            raise UserError("The preset has no name: enter one, such as night, or the path of a file.")
        if "/" in typed or "\\" in typed or typed.startswith("~"):
            check_path("preset", typed)
            path = Path(typed).expanduser()
        else:
            check_folder_name("preset", typed)
            path = self._folder / typed
        return path if path.suffix in _ENDINGS else path.with_name(f"{path.name}.yaml")
