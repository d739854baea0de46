# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the user asks for: the fields from which a :class:`RunConfig` is made, remembered through the settings."""

from __future__ import annotations

import contextlib
import functools
import json
import shlex
from collections.abc import Callable

import omni.ui as ui

from ...errors import UserError
from ...isaac_lab.tasks import LIBRARIES, Catalogue, Task, TaskDetails
from ...run_config import RunConfig, check_number
from ...runs import as_text
from ...training.snapshot import CheckpointDetails, Describe, DescribeCheckpoint, Snapshot, State, TrainerPort
from ..widgets import style
from ..widgets.fields import Dropdown, NumberField, TextField, row
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_text
from ..widgets.text import parse_overrides
from .checkpoint import Browse, CheckpointFields
from .task_picker import TaskPicker

_NUMBERS = {
    "num_envs": ("Environments", "How many environments are simulated in parallel [count]."),
    "max_iterations": (
        "Iterations",
        "Training iterations: one rollout and one policy update each [count].\n"
        "When training resumes from a checkpoint, these are additional iterations.",
    ),
    "seed": (
        "Seed",
        "Seed of environment and agent, 0 to 4294967295; -1 draws one.\nThe same seed trains the same policy.",
    ),
}


_FRAMES_OF_REST = 15
"""Frames without a change after which what the fields say is looked up: it may take a moment."""


class Form:
    """Builds the fields into the current layout.

    Args:
        trainer: Asked for the defaults of the chosen task.
        settings: Where every choice is remembered.
        browse: The host's file picker for checkpoints; None leaves the button out.
        on_change: Called when the user changed anything.
        on_speed: Called with the playback speed that the user chose.
        base: What has no field: the log root, say.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        settings: Settings,
        browse: Browse | None,
        on_change: Callable[[], None],
        on_speed: Callable[[float], None],
        base: RunConfig,
    ) -> None:
        self._trainer, self._settings = trainer, settings
        self._on_change = on_change
        self._base = base
        self._demanded: RunConfig | None = None
        self._catalogue: Catalogue | None = None
        self._unknown = ""
        # what the user wants, which the task or the machine may not offer at present
        self._library = remembered_text(settings, "library")
        self._device = remembered_text(settings, "device")
        self._task: Task | None = None
        # overrides fit the task that they were written for: each comes back with its task
        self._overrides_by_task = _read_overrides(remembered_text(settings, "task_overrides"))
        self._overridden_task = remembered_text(settings, "task")
        self._described: tuple[str, str, str] | None = None
        self._details: TaskDetails | None = None
        self._origin_wanted: RunConfig | None = None
        self._origin_shown: tuple[RunConfig | None, CheckpointDetails | None] = (None, None)
        self._ask_in = 0
        self._devices: tuple[str, ...] | None = None
        self._state: State | None = None
        self._loaded = False
        self._dirty = True
        self._build(browse, on_speed)
        self._restore()

    def _build(self, browse: Browse | None, on_speed: Callable[[float], None]) -> None:
        with Section("Task", "section_task", self._settings), ui.VStack(height=0, spacing=style.SPACING):
            self._picker = TaskPicker(self._chosen)
            tooltip = "The RL library that trains: those that the task has a configuration for."
            # which packages of tasks are missing in the list above
            self._missing_tasks = ui.Label(
                "", name="warning", word_wrap=True, visible=False, identifier="missing_tasks"
            )
            with row("Library", tooltip):
                self._libraries = Dropdown("library", tooltip, self._library_picked)
            self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="problem")
            self._again = ui.Button(
                "Check again",
                identifier="check_again",
                name="plain",
                tooltip="Look again whether the task can run here.",
                visible=False,
                height=style.ROW_HEIGHT,
                clicked_fn=self._check_again,
            )
            self._numbers = {
                key: NumberField(label, key, tooltip, self._changed, functools.partial(check_number, key))
                for key, (label, tooltip) in _NUMBERS.items()
            }
            tooltip = "Where simulation and policy run."
            with row("Device", tooltip):
                self._device_choice = Dropdown("device", tooltip, self._device_picked)
        self._checkpoint = CheckpointFields(self._settings, browse, self._changed, on_speed)
        with Section("Advanced", "section_advanced", self._settings, collapsed=True), ui.VStack(height=0):
            tooltip = (
                "Hydra overrides and presets, separated by spaces and quoted as in a shell, such as:\n"
                "env.sim.dt=0.01 agent.algorithm.learning_rate=1e-4"
            )
            with row("Overrides", tooltip):
                self._overrides = TextField("overrides", tooltip, "env.sim.dt=0.01", self._changed)

    def _restore(self) -> None:
        self._picker.chosen = remembered_text(self._settings, "task")
        for key, field in self._numbers.items():
            field.set(remembered_text(self._settings, key))
        self._overrides.value = remembered_text(self._settings, "overrides")
        self._loaded = True

    def _changed(self) -> None:
        if self._loaded:
            # from now on the user decides; how long to play, and to trust the checkpoint, was asked for once
            self._demanded = None
            self._base = self._base.replace(num_steps=None, trust=False)
            self._dirty = True
            self._on_change()

    def _chosen(self, name: str) -> None:
        # a configuration key from the command line belongs to the task and library that it was given with
        self._base = self._base.replace(agent=None, keep_all_info=False)
        if self._overridden_task and name != self._overridden_task:
            self._overrides.value = self._overrides_by_task.get(name, "")
        self._changed()

    def _check_again(self) -> None:
        self._described = None
        self._dirty = True

    def _library_picked(self) -> None:
        self._library = self._libraries.value
        self._base = self._base.replace(agent=None, keep_all_info=False)
        self._changed()

    def _device_picked(self) -> None:
        self._device = self._device_choice.value
        self._changed()

    def update(self, snapshot: Snapshot) -> None:
        """Once a frame: follows the catalogue, the devices and the task's defaults."""
        self._picker.update(snapshot.catalogue, loading=snapshot.state is State.LOADING)
        if snapshot.devices != self._devices:
            self._devices = snapshot.devices
            self._dirty = True
        if snapshot.state is not self._state:
            self._state = snapshot.state
            self._dirty = True
        if snapshot.catalogue is not self._catalogue:
            self._catalogue = snapshot.catalogue
            problems = self._catalogue.problems if self._catalogue is not None else ()
            self._missing_tasks.text, self._missing_tasks.visible = as_text("\n".join(problems)), bool(problems)
            self._dirty = True
        if self._dirty:
            self._dirty = False
            self._follow()
            self._remember()
        if snapshot.details is not self._details:
            self._details = snapshot.details
            self._show_defaults()
        self._follow_origin(snapshot)

    def _follow(self) -> None:
        """Makes the fields agree with one another and with what the trainer offers."""
        name = self._picker.chosen
        self._task, self._unknown = None, ""
        if name and self._catalogue is not None:
            try:
                self._task = self._catalogue.get(name)
            except UserError as error:
                self._unknown = str(error)
        libraries = self._task.libraries if self._task is not None else ()
        preferred = self._library if self._library in libraries else self._task.default_library if self._task else ""
        self._libraries.set_options([(library, LIBRARIES[library]) for library in libraries], preferred)
        devices = self._devices or ()
        if self._demanded is not None and self._device and self._device not in devices:
            devices = (self._device, *devices)  # the trainer says why it cannot run there
        chosen = self._device if self._device in devices else _preferred(devices)
        self._device_choice.set_options([(device, device) for device in devices], chosen)
        editable = self._state is State.IDLE
        for text_or_choice in (self._libraries, self._device_choice, self._overrides):
            text_or_choice.enabled = editable
        for number in self._numbers.values():
            number.enabled = editable
        self._picker.enabled = editable
        self._checkpoint.enable(editable)
        self._numbers["max_iterations"].label = "More iterations" if self._checkpoint.resumes else "Iterations"
        wanted = (name, self._libraries.value, self._device_choice.value)
        if all(wanted) and wanted != self._described:
            self._described = wanted
            self._trainer.request(Describe(*wanted))
        self._show_defaults()
        self._want_origin()

    def _want_origin(self) -> None:
        """What training would go on from is looked up once the user has stopped typing."""
        wanted = None
        if self.ready and self._checkpoint.resumes and self._state is State.IDLE:
            with contextlib.suppress(UserError):  # pressing Train says what is wrong
                # how long it trains changes nothing that is looked up
                wanted = self.config(playing=False).replace(max_iterations=None, num_steps=None, speed=1.0)
        if wanted != self._origin_wanted:
            self._origin_wanted, self._ask_in = wanted, _FRAMES_OF_REST

    def _follow_origin(self, snapshot: Snapshot) -> None:
        if self._ask_in:
            self._ask_in -= 1
            if not self._ask_in and self._origin_wanted is not None:
                self._trainer.request(DescribeCheckpoint(self._origin_wanted))
        now = self._origin_wanted, snapshot.checkpoint_details
        if now != self._origin_shown:
            self._origin_shown = now
            wanted, details = now
            self._checkpoint.show_origin(details if details is not None and details.config == wanted else None)

    def _show_defaults(self) -> None:
        details = self._details
        known = details is not None and (details.task, details.library, details.device) == self._described
        for key, field in self._numbers.items():
            default = getattr(details, key) if known else None
            # a configuration that cannot be read has no numbers, but only a seed may be 0
            field.set_default(default or (0 if key == "seed" and default == 0 else None))
        if self._unknown:
            problem = self._unknown
        elif self._task is not None and not self._task.libraries:
            problem = (
                f"{self._task.name} has no configuration for {' or '.join(LIBRARIES.values())}: choose another task."
            )
        else:
            problem = details.problem if known and details is not None else ""
        self._problem.text = as_text(problem)
        self._problem.visible = bool(problem)
        self._again.visible = bool(problem) and self._task is not None and bool(self._task.libraries)

    def _remember(self) -> None:
        self._overridden_task = self._picker.chosen
        if self._overridden_task:
            self._overrides_by_task[self._overridden_task] = self._overrides.value
        kept = {task: overrides for task, overrides in self._overrides_by_task.items() if overrides}
        values = {
            "task_overrides": json.dumps(kept),
            "task": self._picker.chosen,
            "library": self._library,
            "device": self._device,
            "overrides": self._overrides.value,
            **self._checkpoint.remembered(),
            **{key: field.text or None for key, field in self._numbers.items()},
        }
        for key, value in values.items():
            if self._settings.get(key, None) != value:
                self._settings.set(key, value)

    def key_pressed(self, key: int) -> None:
        """Hands a key to what listens to keys."""
        self._picker.key_pressed(key)

    @property
    def ready(self) -> bool:
        """Whether a task and a library that can train it are chosen, and nothing is known to stand in the way.

        What stands in the way is looked up without overrides, which may remove it: with them the trainer decides.
        """
        chosen = self._task is not None and bool(self._libraries.value)
        return chosen and (not self._problem.visible or bool(self._overrides.value.strip()))

    def config(self, playing: bool) -> RunConfig:
        """What the fields say, for a playback or for a training.

        Raises:
            UserError: For the first field that cannot be right.
        """
        asked = self._demanded
        if asked is None and self._unknown:
            raise UserError(self._unknown)
        numbers = {key: field.parse() for key, field in self._numbers.items()}
        config = self._base.replace(
            task=self._picker.chosen,
            # what was set from outside need not be on offer: the trainer says why it cannot be done
            library=self._libraries.value if asked is None else asked.library or self._libraries.value,
            device=(self._device_choice.value or None) if asked is None else asked.device,
            checkpoint=self._checkpoint.checkpoint if playing or self._checkpoint.resumes else None,
            overrides=parse_overrides(self._overrides.value),
            speed=self._checkpoint.speed,
            **numbers,
        )
        config.validate()
        return config

    def set_config(self, config: RunConfig, playing: bool) -> None:
        """Writes a configuration into the fields, as if the user had chosen all of it."""
        self._loaded = False
        self._base = self._demanded = config
        self._picker.chosen = config.task
        self._library, self._device = config.library, config.device or ""
        self._libraries.set_options([], "")
        self._device_choice.set_options([], "")
        for key, field in self._numbers.items():
            field.set(getattr(config, key))
        self._checkpoint.set(config.checkpoint or "", not playing and config.checkpoint is not None, config.speed)
        self._overrides.value = shlex.join(config.overrides)
        self._loaded = self._dirty = True


def _read_overrides(text: str) -> dict[str, str]:
    """The remembered overrides by task; none where the setting is not what this form wrote."""
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {task: as_text(overrides) for task, overrides in values.items() if isinstance(overrides, str)}


def _preferred(devices: tuple[str, ...]) -> str:
    """A GPU where there is one."""
    return next((device for device in devices if device.startswith("cuda")), devices[0] if devices else "")
