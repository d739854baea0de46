# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The editor of a sweep: the settings of the panel, the parameters that differ, and the file that they make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import omni.ui as ui

from ... import wording
from ...errors import UserError
from ...isaac_lab.task_settings import Kind, TaskSettings
from ...run_config import RunConfig
from ...runs import as_text
from ...training.sweep.draft import Draft
from ...training.sweep.files import read_spec, write_spec
from ...training.sweep.spec import OPTIONS, SCHEDULERS, SweepSpec
from ..widgets import style
from ..widgets.fields import Dropdown, TextField, row
from ..widgets.pending import Pending
from ..widgets.search_list import SearchList, SearchWords
from .parameter_rows import ParameterRows

_SETTINGS = SearchWords("setting", "learning rate", "Add a setting…", "The settings of the task are not read yet.")
_LIST_HEIGHT = 220
_SEEDS = "Seeds, such as 1, 2, 3: each combination of values is trained with each. Empty: the seed of the settings."
_SAMPLES = "How often values are drawn from ranges; each time, all values of lists are tried. Empty: once."
_SCHEDULER = "asha ends trials early that are worse than the others."
_GRACE = "Iterations before ASHA ends a trial. Empty: 1."
_GPUS = "GPUs that a trial takes; a part such as 0.5 is possible. Empty: 1 where it trains on a GPU."
_FILE = "The file that rl-trainer sweep reads. A name without a folder is in the log root."
_START = "Run it as rl-trainer sweep, in a process of its own: it continues when this program ends, and is found again."
_BASE = "Takes the settings of the panel as they are now for the training that is repeated."


class FormPort(Protocol):
    """The fields of the panel."""

    @property
    def task_settings(self) -> TaskSettings | None:
        """The settings of the chosen task; None while they are not known."""
        ...

    def config(self, playing: bool) -> RunConfig:
        """Returns the configuration that they say.

        Raises:
            UserError: When there is none.
        """
        ...


class SweepEditor:
    """Built into the current layout, hidden at first. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        form: The fields of the panel.
        log_root: The folder for a file without one.
        start: Starts a sweep, or raises UserError.
        missing: Why no sweep can run here; empty if one can.
    """

    def __init__(self, form: FormPort, log_root: Path, start: Callable[[SweepSpec], None], missing: str = "") -> None:
        self._form, self._log_root, self._start, self._missing = form, log_root, start, missing
        self._pending = Pending()
        self._draft: Draft | None = None
        self._rest: dict[str, Any] = {}
        self._replaceable: Path | None = None
        self._settings: TaskSettings | None = None
        self._stale = False
        self.spec: SweepSpec | None = None
        """What the fields say; None while they cannot be right."""
        self._root = ui.VStack(spacing=style.SPACING, visible=False)
        with self._root:
            self._build_file()
            ui.Line(name="separator", height=1)
            with ui.ScrollingFrame(**style.NO_HORIZONTAL), ui.HStack(height=0):
                with ui.VStack(height=0, spacing=style.SPACING):
                    self._build_fields()
                ui.Spacer(width=6)
            self._words = ui.Label("", word_wrap=True, height=0, identifier="sweep_count")

    def _build_file(self) -> None:
        adding = self._pending.adding
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            self._file = TextField("sweep_file", _FILE, str(self._default_file))
            ui.Button(
                "Open",
                identifier="sweep_open",
                tooltip="Open this file, to change it.",
                width=46,
                clicked_fn=adding(self._open),
            )
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            ui.Button(
                "Save",
                identifier="sweep_save",
                tooltip="Write the file: rl-trainer sweep FILE runs it without a panel.",
                clicked_fn=adding(self._save),
            )
            ui.Button(
                "Start",
                name="primary",
                identifier="sweep_start",
                tooltip=self._missing or _START,
                enabled=not self._missing,
                clicked_fn=adding(self._start_sweep),
            )
            ui.Button("Close", identifier="sweep_close", tooltip="Back to the sweeps.", clicked_fn=adding(self.close))

    def _build_fields(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._base = ui.Label("", elided_text=True, identifier="sweep_base")
            ui.Button(
                "From panel",
                identifier="sweep_from_panel",
                tooltip=_BASE,
                width=82,
                clicked_fn=self._pending.adding(self._take_panel),
            )
        self._parameters = ParameterRows(self._changed)
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            self._search = SearchList("sweep_setting", _SETTINGS, self._picked)
            ui.Button(
                "Other",
                identifier="sweep_other",
                tooltip="Add a parameter whose key you write.",
                width=52,
                clicked_fn=self._pending.adding(lambda: self._parameters.add("")),
            )
        self._search.build_list(_LIST_HEIGHT)
        with row("Seeds", _SEEDS):
            self._seeds = TextField("sweep_seeds", _SEEDS, "1, 2, 3", self._changed)
        with row("Samples", _SAMPLES):
            self._samples = TextField("sweep_samples", _SAMPLES, "1", self._changed)
        with row("Scheduler", _SCHEDULER):
            self._scheduler = Dropdown("sweep_scheduler", _SCHEDULER, self._changed)
            self._grace = TextField("sweep_grace_period", _GRACE, "grace period", self._changed)
        with row("GPUs a trial", _GPUS):
            self._gpus = TextField("sweep_gpus", _GPUS, "1", self._changed)
        self._scheduler.set_options([(each, each) for each in SCHEDULERS], SCHEDULERS[0])

    @property
    def is_open(self) -> bool:
        """Whether it is visible."""
        return bool(self._root.visible)

    @property
    def path(self) -> Path:
        """The file that the user named."""
        typed = self._file.value.strip()
        path = Path(typed).expanduser() if typed else self._default_file
        return path if path.is_absolute() else self._log_root / path

    @property
    def _default_file(self) -> Path:
        return self._log_root / "sweep.yaml"

    def open(self) -> None:
        """Shows the editor, with the settings of the panel where it has none. To be called between frames."""
        self._root.visible = True
        if self._draft is None:
            self._take_panel()

    def close(self) -> None:
        """Hides it; what was typed stays."""
        self._root.visible = False

    def show(self, spec: SweepSpec) -> None:
        """Shows a specification. To be called between frames."""
        self._show(Draft.of(spec))

    def update(self) -> None:
        """Checks what changed. Called once a frame."""
        if not self._root.visible:
            return
        self._pending.run()
        self._parameters.update()
        self._list_settings()
        self._search.update()
        if self._stale:
            self._stale = False
            self._check()

    def key_pressed(self, key: int) -> bool:
        """Returns whether the list of settings used a key."""
        return self._root.visible and self._search.key_pressed(key)

    def _list_settings(self) -> None:
        if not self._search.is_open or self._form.task_settings is self._settings:
            return
        self._settings = self._form.task_settings
        found = () if self._settings is None else self._settings.all
        keys = [each.key for each in found if each.kind not in (Kind.SECTION, Kind.FIXED)]
        self._search.set_items([*OPTIONS, *keys])

    def _picked(self, key: str) -> None:
        self._search.value = ""
        self._parameters.add(key)

    def _take_panel(self) -> None:
        try:
            config = self._form.config(playing=False).replace(checkpoint=None, fine_tune=False)
        except UserError as error:
            self._say(str(error), is_error=True)
            return
        before = self._typed()
        self._show(Draft(config) if before is None else Draft(config, before.parameters, before.seeds, before.options))

    def _show(self, draft: Draft) -> None:
        self._draft, self._rest = draft, dict(draft.rest)
        config = draft.config
        count = "" if config.num_envs is None else f", {wording.whole(config.num_envs)} environments"
        length = "" if config.max_iterations is None else f", {wording.whole(config.max_iterations)} iterations"
        self._base.text = as_text(f"{config.task}, {config.library or 'its library'}{count}{length}")
        self._base.set_tooltip(as_text(config.train_command()))
        self._parameters.show(draft.parameters)
        options = draft.options
        self._seeds.value, self._samples.value = draft.seeds, options.get("samples", "")
        self._scheduler.set_value(options.get("scheduler", SCHEDULERS[0]))
        self._grace.value, self._gpus.value = options.get("grace_period", ""), options.get("gpus", "")
        self._stale = True

    def _typed(self) -> Draft | None:
        if self._draft is None:
            return None
        options = {
            "samples": self._samples.value,
            "scheduler": self._scheduler.value,
            "grace_period": self._grace.value,
            "gpus": self._gpus.value,
        }
        return Draft(self._draft.config, self._parameters.value, self._seeds.value, options, self._rest)

    def _changed(self) -> None:
        self._stale = True

    def _check(self) -> None:
        draft, self.spec = self._typed(), None
        self._grace.enabled = self._scheduler.value == "asha"
        if draft is None:
            return
        try:
            self.spec = draft.spec()
        except UserError as error:
            self._say(str(error), is_error=True)
            return
        count = self.spec.count
        words = "1 trial." if count == 1 else f"{wording.whole(count)} trials."
        self._say(f"{words} {self._missing}".rstrip(), is_error=bool(self._missing))

    def _say(self, text: str, is_error: bool = False) -> None:
        self._words.text, self._words.name = as_text(text), "warning" if is_error else "dim"

    def _start_sweep(self) -> None:
        self._check()
        if self.spec is None:
            return
        try:
            self._start(self.spec)
        except UserError as error:
            self._say(str(error), is_error=True)

    def _open(self) -> None:
        try:
            spec, _ = read_spec(self.path)
        except UserError as error:
            self._say(str(error), is_error=True)
            return
        self._replaceable = self.path
        self.show(spec)

    def _save(self) -> None:
        if self.save():
            self._say(f"Saved: rl-trainer sweep {self.path}")

    def save(self) -> bool:
        """Writes the file; returns whether it did, and says why not."""
        self._check()
        if self.spec is None:
            return False
        if self.path.exists() and self.path != self._replaceable:
            self._replaceable = self.path
            self._say(f"{self.path} is there already: press again to replace it.", is_error=True)
            return False
        self._replaceable = self.path
        try:
            write_spec(self.path, self.spec)
        except UserError as error:
            self._say(str(error), is_error=True)
            return False
        return True
