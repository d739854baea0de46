# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Options that a first run does not need: names of the run's folders and special modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...learners.formats import LibraryFormat
from ...run_config import RunConfig
from ..widgets import style
from ..widgets.fields import LabelledCheckBox, TextField, row
from ..widgets.settings import Settings, remembered_text
from .edited_box import ReloadOption
from .form_fields import FormField, Offered


class OptionalText(FormField):
    """A line of text that may be empty.

    Args:
        key: Its name in :class:`RunConfig` and the settings.
        label: The text on the left.
        tooltip: What it means.
        placeholder: What is shown while it is empty.
        on_change: Called when the user changed it.
    """

    def __init__(self, key: str, label: str, tooltip: str, placeholder: str, on_change: Callable[[], None]) -> None:
        self._key = key
        self.demanded = False
        """Whether :meth:`show` set it, and the user has chosen no other library since: the trainer then checks it."""
        self._row = ui.VStack(height=0)
        tooltip += f"\nOn the command line: --{key}."
        with self._row, row(label, tooltip):
            self._field = TextField(key, tooltip, placeholder, on_change)

    def offer(self, offered: bool) -> None:
        """Shows the field where the library has a use for it. One that is hidden counts as empty."""
        self._row.visible = offered or (self.demanded and bool(self._field.value))

    def restore(self, settings: Settings) -> None:
        self._field.value = remembered_text(settings, self._key)

    def remembered(self) -> dict[str, Any]:
        return {self._key: self._field.value}

    def values(self, playing: bool) -> dict[str, Any]:
        return {self._key: (self._field.value.strip() or None) if self._row.visible or self.demanded else None}

    def show(self, config: RunConfig, playing: bool) -> None:
        self._field.value, self.demanded = getattr(config, self._key) or "", True

    def enable(self, idle: bool) -> None:
        self._field.enabled = idle


class Option(FormField):
    """A check box.

    Args:
        key: Its name in :class:`RunConfig` and the settings.
        label: The text beside it.
        tooltip: What it does.
        on_change: Called when the user changed it.
    """

    def __init__(self, key: str, label: str, tooltip: str, on_change: Callable[[], None]) -> None:
        self._key = key
        self.demanded = False
        """As for :class:`OptionalText`."""
        self._row = ui.VStack(height=0)
        tooltip += f"\nOn the command line: --{key}."
        with self._row, row("", tooltip):
            self._box = LabelledCheckBox(label, key, tooltip, on_change, stretch=True)

    def offer(self, offered: bool) -> None:
        """Shows the box where the library has a use for it. One that is hidden counts as unchecked."""
        self._row.visible = offered or (self.demanded and self._box.value)

    def restore(self, settings: Settings) -> None:
        self._box.value = settings.get(self._key, False) is True

    def remembered(self) -> dict[str, Any]:
        return {self._key: self._box.value}

    def values(self, playing: bool) -> dict[str, Any]:
        return {self._key: self._box.value and (self._row.visible or self.demanded)}

    def show(self, config: RunConfig, playing: bool) -> None:
        self._box.value, self.demanded = getattr(config, self._key), True

    def enable(self, idle: bool) -> None:
        self._box.enabled = idle


class MoreOptions:
    """Builds the options into the current layout.

    Args:
        on_change: Called when the user changed one.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        with ui.VStack(height=0, spacing=style.SPACING):
            run_name = OptionalText(
                "run_name",
                "Run name",
                "Appended to the time in the name of the run's folder.",
                "none",
                on_change,
            )
            self._experiment = OptionalText(
                "experiment_name",
                "Experiment",
                "The folder of the runs, below the library's. Empty: as the agent's configuration says.\n"
                "latest and best are looked for in this folder.",
                "of the task",
                on_change,
            )
            tooltip = (
                "Where the library logs besides the run's folder.\n"
                "wandb is Weights & Biases: run wandb login in a terminal once.\nOn the command line: --logger."
            )
            self._logger = Offered("logger", "Logger", tooltip, None, on_change)
            self._project = OptionalText(
                "log_project_name",
                "Project",
                "The name of the project of Weights & Biases or Neptune.",
                "of the task",
                on_change,
            )
            deterministic = Option(
                "deterministic",
                "Deterministic",
                "Physics and PyTorch use deterministic algorithms, which may be slower.",
                on_change,
            )
            keep_last_steps = Option(
                "keep_last_steps",
                "Keep last steps",
                "Keep the last 100 steps of all environments in memory. When an observation, reward or action is no\n"
                "finite number, those of its environment are written to the run's folder, to be replayed.",
                on_change,
            )
            self._keep_all_info = Option(
                "keep_all_info",
                "Keep all info",
                "All extra information of the environment reaches the library's callbacks,\n"
                "in a dictionary for each environment, which is slow.",
                on_change,
            )
            self.reloads = ReloadOption(on_change)
            """Whether edited code is imported again before each run without a question."""
        self.fields: tuple[FormField, ...] = (
            *(run_name, self._experiment, self._logger, self._project),
            *(deterministic, keep_last_steps, self._keep_all_info, self.reloads),
        )
        """The fields, in the order in which they are shown."""

    def library_chosen(self) -> None:
        """What a command asked for belongs to the library that it was given with."""
        self._experiment.demanded = self._keep_all_info.demanded = self._project.demanded = False
        self._logger.demanded = False

    def follow(self, library: LibraryFormat | None) -> None:
        """Shows what the chosen library has a use for; None where none is chosen."""
        loggers = () if library is None else library.loggers
        demand = self._logger.demand
        offered = loggers if not demand or demand in loggers else (*loggers, demand)
        self._logger.offer([("", "default"), *[(name, name) for name in offered]], "")
        self._logger.visible = bool(offered)
        self._project.offer(self._logger.visible and self._logger.value not in ("", "tensorboard"))
        self._experiment.offer(library is not None and bool(library.experiment_key))
        self._keep_all_info.offer(library is not None and library.keeps_all_info)
