# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The fields of the form. Each declares in one place what it shows, remembers and adds to a :class:`RunConfig`."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import omni.ui as ui

from ...errors import UserError
from ...isaac_lab.tasks import Task, TaskDetails, agent_label
from ...run_config import PRESET_SELECTORS, RunConfig, check_number, check_real_number
from ..widgets.fields import Dropdown, NumberField, TextField, row
from ..widgets.settings import Settings, remembered_text, task_modules
from ..widgets.text import parse_words
from .per_task import PerTask
from .preset_choices import PresetChoices


class FormField(Protocol):
    """A field of the form. Only the user's own changes call its ``on_change``."""

    def restore(self, settings: Settings) -> None:
        """Shows what the settings remember."""
        ...

    def remembered(self) -> dict[str, Any]:
        """Returns what to remember, by the names of the settings."""
        ...

    def values(self, playing: bool) -> dict[str, Any]:
        """Returns its part of the configuration of a playback or a training, by the names of :class:`RunConfig`.

        Raises:
            UserError: When what the user typed cannot be right.
        """
        ...

    def show(self, config: RunConfig, playing: bool) -> None:
        """Shows its part of a configuration."""
        ...

    def enable(self, idle: bool) -> None:
        """Allows changes that make sense while nothing runs, or while something does."""
        ...


class TaskNumber(FormField):
    """A number that follows the default of the task until the user types another one.

    Args:
        key: Its name in :class:`RunConfig`, :class:`TaskDetails` and the settings.
        label: The text on the left and in messages.
        tooltip: What it means, with its unit.
        on_change: Called when the user changed it.
        whole: Whether it must be a whole number.
        placeholder: What is shown while there is neither a number nor a default.
    """

    def __init__(
        self,
        key: str,
        label: str,
        tooltip: str,
        on_change: Callable[[], None],
        whole: bool = True,
        placeholder: str = "of the task",
    ) -> None:
        self._key = key
        check = functools.partial(check_number if whole else check_real_number, key)
        self.field = NumberField(label, key, tooltip, on_change, check, whole, placeholder)

    def restore(self, settings: Settings) -> None:
        self.field.set(remembered_text(settings, self._key))

    def remembered(self) -> dict[str, Any]:
        return {self._key: self.field.text or None}

    def values(self, playing: bool) -> dict[str, Any]:
        return {self._key: self.field.parse()}

    def show(self, config: RunConfig, playing: bool) -> None:
        self.field.set(getattr(config, self._key))

    def enable(self, idle: bool) -> None:
        self.field.enabled = idle

    def follow(self, details: TaskDetails | None) -> None:
        """Shows the default of the task; None when it is not known."""
        default = None if details is None else getattr(details, self._key)
        # a configuration that cannot be read has no numbers, but only a seed may be 0
        self.field.set_default(default or (0 if self._key == "seed" and default == 0 else None))


class Offered(FormField):
    """A choice among what the task or the machine offers.

    It remembers what the user wants while that is not on offer.

    Args:
        key: Its name in :class:`RunConfig` and the settings.
        label: The text on the left.
        tooltip: What is chosen.
        unset: Its value in :class:`RunConfig` when nothing is chosen.
        on_change: Called when the user chose another one.
    """

    def __init__(self, key: str, label: str, tooltip: str, unset: str | None, on_change: Callable[[], None]) -> None:
        self._key, self._unset, self._on_change = key, unset, on_change
        self._wanted = ""
        self.demanded = False
        """Whether :meth:`show` set it and the user has changed nothing since: the trainer then checks it."""
        self._row = ui.VStack(height=0)
        with self._row, row(label, tooltip):
            self._dropdown = Dropdown(key, tooltip, self._picked)

    @property
    def value(self) -> str:
        """The chosen value; empty when there is none to choose from."""
        return self._dropdown.value

    @property
    def visible(self) -> bool:
        """Whether the row is shown."""
        return self._row.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._row.visible = visible

    def offer(self, options: Sequence[tuple[str, str]], preferred: str) -> None:
        """Offers these pairs of value and label, and chooses the wanted one, or else the preferred one."""
        wanted = any(value == self._wanted for value, _ in options)
        self._dropdown.set_options(options, self._wanted if wanted else preferred)

    @property
    def demand(self) -> str:
        """The value that :meth:`show` set, on offer or not; empty when the user has changed something since."""
        return self._wanted if self.demanded else ""

    def _picked(self) -> None:
        self._wanted = self._dropdown.value
        self._on_change()

    def restore(self, settings: Settings) -> None:
        self._wanted = remembered_text(settings, self._key)

    def remembered(self) -> dict[str, Any]:
        return {self._key: self._wanted}

    def values(self, playing: bool) -> dict[str, Any]:
        return {self._key: (self._wanted if self.demanded else self.value) or self._unset}

    def show(self, config: RunConfig, playing: bool) -> None:
        self._wanted, self.demanded = getattr(config, self._key) or "", True
        self._dropdown.set_options([], "")

    def enable(self, idle: bool) -> None:
        self._dropdown.enabled = idle


class AgentChoice(Offered):
    """The agent configuration, such as one with symmetry; shown where a task has several for the library.

    Args:
        on_change: Called when the user chose another one.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        tooltip = (
            "The configuration of the agent: the task has several for this library.\nOn the command line: --agent."
        )
        super().__init__("agent", "Agent", tooltip, None, on_change)

    def follow(self, task: Task | None, library: str) -> None:
        """Offers the configurations of a task for a library."""
        usual = f"{library}_cfg_entry_point"
        keys = sorted(task.agents_of(library), key=lambda key: key != usual) if task is not None else []
        # empty is the usual one, so that it need not be asked for
        self.offer([("" if key == usual else key, agent_label(key, library)) for key in keys], "")
        self.visible = len(keys) > 1

    def show(self, config: RunConfig, playing: bool) -> None:
        usual = config.agent == f"{config.library}_cfg_entry_point"
        super().show(config.replace(agent=None) if usual else config, playing)


class Overrides(FormField):
    """Presets and other Hydra overrides. They fit the task that they were chosen for, and come back with it."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._of_task, self._presets_of_task = PerTask(), PerTask()
        self.presets = PresetChoices(on_change)
        tooltip = (
            "Hydra overrides, separated by spaces and quoted as in a shell, such as:\n"
            "env.sim.dt=0.01 agent.algorithm.learning_rate=1e-4"
        )
        with row("Overrides", tooltip):
            self._field = TextField("overrides", tooltip, "env.sim.dt=0.01", on_change)

    @property
    def is_empty(self) -> bool:
        """Whether none are written; presets that are chosen do not count."""
        return not self._field.value.strip()

    def task_chosen(self, task: str) -> None:
        """Shows the presets and overrides of another task."""
        text, presets = self._of_task.changed_to(task), self._presets_of_task.changed_to(task)
        if text is not None and presets is not None:
            self._field.value, self.presets.overrides = text, presets.split()

    def keep_for(self, task: str) -> None:
        """Keeps the presets and overrides for a task; an empty name keeps none."""
        self._of_task.keep(task, self._field.value)
        self._presets_of_task.keep(task, " ".join(self.presets.overrides))

    def restore(self, settings: Settings) -> None:
        task = remembered_text(settings, "task")
        self._of_task.restore(task, remembered_text(settings, "task_overrides"))
        self._presets_of_task.restore(task, remembered_text(settings, "task_presets"))
        self._field.value = remembered_text(settings, "overrides")
        self.presets.overrides = filter(_is_selector, remembered_text(settings, "presets").split())

    def remembered(self) -> dict[str, Any]:
        return {
            "overrides": self._field.value,
            "task_overrides": self._of_task.remembered(),
            "presets": " ".join(self.presets.overrides),
            "task_presets": self._presets_of_task.remembered(),
        }

    def written(self) -> tuple[str, ...]:
        """Returns the overrides in the field, without the presets that are chosen in lists.

        Raises:
            UserError: When a quote is not closed.
        """
        return parse_words("Overrides", self._field.value)

    def write(self, overrides: Sequence[str]) -> None:
        """Replaces the overrides in the field, as if the user had typed them."""
        self._field.value = shlex.join(overrides)
        self._on_change()

    def values(self, playing: bool) -> dict[str, Any]:
        written, chosen = self.written(), self.presets.overrides
        for text in chosen:
            selector = text.partition("=")[0]
            if any(one.startswith(f"{selector}=") for one in written):
                raise UserError(f"{text} is chosen in a list, and the overrides have {selector}= too: use one of them.")
        return {"overrides": (*chosen, *written)}

    def show(self, config: RunConfig, playing: bool) -> None:
        selectors = [text for text in config.overrides if _is_selector(text)]
        if len({text.partition("=")[0] for text in selectors}) < len(selectors):
            selectors = []  # given twice: the lists have one place for each
        self.presets.overrides = selectors
        self._field.value = shlex.join(text for text in config.overrides if text not in selectors)

    def enable(self, idle: bool) -> None:
        self._field.enabled = self.presets.enabled = idle


def _is_selector(text: str) -> bool:
    """Whether an override chooses presets by name."""
    return text.partition("=")[0] in PRESET_SELECTORS


class TaskModules(FormField):
    """Modules that register tasks and that no entry point names. They are imported when the user leaves the field.

    Args:
        on_change: Called when the user changed them.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._modules: tuple[str, ...] = ()
        self.problem = ""
        """Why the field cannot be read, in one sentence; empty while it can."""
        tooltip = (
            "Modules with tasks of your own that no entry point names, separated by spaces and quoted as in a shell:\n"
            "names such as my_tasks, or paths of Python files and of packages' folders. Enter imports them."
        )
        with row("Task modules", tooltip):
            self._field = TextField("task_modules", tooltip, "my_tasks", on_end=self._left)

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules, as the user last entered them."""
        return self._modules

    def _left(self) -> None:
        try:
            modules, self.problem = parse_words("Task modules", self._field.value), ""
        except UserError as error:
            modules, self.problem = self._modules, str(error)
        if self.problem or modules != self._modules:
            self._modules = modules
            self._on_change()

    def restore(self, settings: Settings) -> None:
        self._modules = task_modules(settings)
        self._field.value = shlex.join(self._modules)

    def remembered(self) -> dict[str, Any]:
        return {"task_modules": list(self._modules)}

    def values(self, playing: bool) -> dict[str, Any]:
        return {}  # the trainer has imported them

    def show(self, config: RunConfig, playing: bool) -> None:
        pass

    def enable(self, idle: bool) -> None:
        self._field.enabled = idle
