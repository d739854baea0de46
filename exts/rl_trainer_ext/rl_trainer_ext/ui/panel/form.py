# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The form: what the user asks for, as a :class:`RunConfig`, remembered in the settings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import omni.ui as ui

from ...errors import UserError
from ...isaac_lab.task_card import TaskCard
from ...isaac_lab.task_settings import TaskSettings
from ...isaac_lab.tasks import Catalogue, PresetGroup, Task, TaskDetails
from ...learners.formats import OUTSIDE, format_of, unknown_library
from ...run_config import RunConfig
from ...runs import as_text
from ...training.commands import Describe, SetTaskModules, TrainerPort
from ...training.snapshot import Snapshot, State
from ...training.where import WhereOption
from ..widgets import style
from ..widgets.section import Section
from ..widgets.settings import Settings
from .checkpoint import Browse, CheckpointFields
from .checkpoint_lookup import CheckpointLookup
from .form_fields import AgentChoice, FormField, Offered, Overrides, TaskModules, TaskNumber
from .memory_warning import MemoryWarning
from .more_options import MoreOptions
from .settings_buttons import settings_buttons
from .source_buttons import OpenFile
from .task_cards import NO_CARDS, AboutTask, TaskCards
from .task_picker import TaskPicker
from .task_problem import TaskProblem
from .training_numbers import evaluation_options, stop_options
from .video_options import VideoOptions
from .where_choice import WhereChoice

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
"""Label and tooltip of each number, by its name in :class:`RunConfig`."""

_LIBRARY_TOOLTIP = "\n".join(("The RL library that trains the task.", *map(unknown_library, OUTSIDE)))


class Form:
    """Builds the fields into the current layout.

    Args:
        trainer: Asked for the defaults of the chosen task.
        settings: Where every choice is remembered.
        browse: The host's file picker for checkpoints; None leaves the button out.
        on_change: Called when the user changed anything.
        on_speed: Called with the playback speed that the user chose.
        on_settings: Called when the user wants to see all settings of the task.
        base: The values that have no field, such as the log root.
        cards: What is known of each task.
        open_file: Opens the sources of a task; None leaves the buttons out.
        during_runs: Whether the fields can be changed during a run too.
        places: Where a training can run; empty for this simulator only.
        on_sweeps: Shows the host's window of the sweeps; None leaves its button out.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        settings: Settings,
        browse: Browse | None,
        on_change: Callable[[], None],
        on_speed: Callable[[float], None],
        on_settings: Callable[[], None],
        base: RunConfig,
        cards: TaskCards = NO_CARDS,
        open_file: OpenFile | None = None,
        during_runs: bool = False,
        places: Sequence[WhereOption] = (),
        on_sweeps: Callable[[], None] | None = None,
    ) -> None:
        self._trainer, self._settings, self._during_runs = trainer, settings, during_runs
        self._on_change = on_change
        self._base = base
        self._catalogue: Catalogue | None = None
        self._unknown = ""
        self._task: Task | None = None
        self._described: Describe | None = None
        self._details: TaskDetails | None = None
        self._devices: tuple[str, ...] = ()
        self._state: State | None = None
        self.editable = False
        """Whether the user may change the fields; during a run, for what is added to the queue."""
        self._dirty = True
        self._cards = cards
        self._build(browse, on_speed, on_settings, open_file, places, on_sweeps)
        for field in self._fields:
            field.restore(settings)
        # the host has given these to the trainer
        self._imported = self._modules.modules

    def _build(
        self,
        browse: Browse | None,
        on_speed: Callable[[float], None],
        on_settings: Callable[[], None],
        open_file: OpenFile | None,
        places: Sequence[WhereOption],
        on_sweeps: Callable[[], None] | None,
    ) -> None:
        with Section("Task", "section_task", self._settings), ui.VStack(height=0, spacing=style.SPACING):
            self._picker = TaskPicker(self._task_chosen, self._cards)
            # which packages of tasks are missing in the list above
            self._missing_tasks = ui.Label(
                "", name="warning", word_wrap=True, visible=False, identifier="missing_tasks"
            )
            self._library = Offered("library", "Library", _LIBRARY_TOOLTIP, "", self._library_chosen)
            self._agent = AgentChoice(self._changed)
            self._problem = TaskProblem(self._check_again)
            self._numbers = {key: TaskNumber(key, *words, self._changed) for key, words in _NUMBERS.items()}
            self._device = Offered("device", "Device", "Where simulation and policy run.", None, self._changed)
            self.where = WhereChoice(places, self._changed)
            """Where a training runs."""
            settings_buttons(on_settings, on_sweeps)
            self._memory = MemoryWarning()
        self._about = AboutTask(self._settings, open_file)
        self._checkpoint = CheckpointFields(self._settings, browse, self._changed, on_speed)
        self._lookup = CheckpointLookup(self._trainer, self._checkpoint.show_origin)
        with (
            Section("More options", "section_advanced", self._settings, collapsed=True),
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            self.overrides = Overrides(self._changed)
            """The presets and overrides."""
            self._more = MoreOptions(self._changed)
            self._stop = stop_options(self._changed)
            self._evaluation = evaluation_options(self._changed)
            self._video = VideoOptions(self._changed)
            self._modules = TaskModules(self._changed)
        self._fields: tuple[FormField, ...] = (
            self._picker,
            self._library,
            self._agent,
            *self._numbers.values(),
            self._device,
            self.where,
            self._checkpoint,
            self.overrides,
            *self._more.fields,
            self._stop,
            self._evaluation,
            self._video,
            self._modules,
        )

    def _changed(self) -> None:
        # from now on the user decides; how long to play, and to trust the checkpoint, was asked for once
        self._library.demanded = self._device.demanded = self._agent.demanded = False
        self._base = self._base.replace(num_steps=None, commands=(), trust=False)
        self._dirty = True
        self._on_change()

    def _task_chosen(self, name: str) -> None:
        self.overrides.task_chosen(name)
        self._library_chosen()

    def _library_chosen(self) -> None:
        self._more.library_chosen()
        self._changed()

    def _check_again(self) -> None:
        self._described = None
        self._dirty = True

    def update(self, snapshot: Snapshot) -> None:
        """Once a frame: follows the catalogue, the devices and the task's defaults."""
        self._cards.update(snapshot.catalogue, self._picker.is_open, snapshot.state is State.IDLE)
        self._picker.update(snapshot.catalogue, loading=snapshot.state is State.LOADING)
        during_run = self._during_runs and snapshot.state is not State.LOADING
        now = snapshot.devices, snapshot.state, snapshot.can_start or during_run
        if now != (self._devices, self._state, self.editable):
            self._devices, self._state, self.editable = now
            self._dirty = True
        if snapshot.catalogue is not self._catalogue:
            self._catalogue = snapshot.catalogue
            self._described = None  # the code of the tasks may be another
            self._dirty = True
        if self._dirty:
            self._dirty = False
            self._follow()
            self._remember()
        if snapshot.details is not self._details:
            self._details = snapshot.details
            self._show_defaults()
            self._follow_memory()
        self._about.update(self._task, self._card(), self._agent_key())
        self._lookup.update(snapshot)
        self._memory.update()

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
        self._library.offer(
            [(library, format_of(library).label) for library in libraries],
            self._task.default_library if self._task else "",
        )
        devices, demand = self.where.devices(self._devices), self._device.demand
        if demand and demand not in devices:
            devices = (demand, *devices)  # the trainer says why it cannot run there
        self._device.offer([(device, device) for device in devices], _preferred(devices))
        for field in self._fields:
            field.enable(self.editable)
        self._numbers["max_iterations"].field.label = "More iterations" if self._checkpoint.resumes else "Iterations"
        self._follow_modules()
        library, device = self._library.value, self._device.value
        self._agent.follow(self._task, library)
        self._more.follow(format_of(library) if library else None)
        asked = name, library, device, self._agent.value or None, self._chosen_presets(name)
        wanted = Describe(*asked, elsewhere=device in self.where.devices(()))
        if name and library and device and wanted != self._described:
            self._described = wanted
            self._trainer.request(wanted)
        self._show_defaults()
        self._follow_checkpoint()
        self._follow_memory()

    def _chosen_presets(self, task: str) -> tuple[str, ...]:
        """The presets that are chosen, in the lists or by an override of a key that has alternatives."""
        chosen = self.overrides.presets.overrides
        known = None if self._details is None or self._details.task != task else self._details.settings
        if known is not None:
            with contextlib.suppress(UserError):  # pressing Train says what is wrong
                chosen += tuple(text for text in self.overrides.written() if known.is_alternative(text))
        return chosen

    @property
    def task_settings(self) -> TaskSettings | None:
        """All settings of the chosen task with the chosen presets; None while they are not known."""
        details = self._details
        return details.settings if details is not None and _question(details) == self._described else None

    @property
    def settings_words(self) -> str:
        """Why :attr:`task_settings` are not known."""
        if self._task is None:
            return "Choose a task to see its settings."
        return self._problem.text or f"Reading the configuration of {self._task.name}…"

    @property
    def title(self) -> str:
        """The name of the chosen task."""
        return "" if self._task is None else self._task.name

    def _follow_modules(self) -> None:
        """Has the modules of tasks imported that the user entered, and shows which packages cannot be."""
        if self._modules.modules != self._imported and self._state is State.IDLE:
            self._imported = self._modules.modules
            self._trainer.request(SetTaskModules(self._imported))
        problems = [self._modules.problem, *(self._catalogue.problems if self._catalogue is not None else ())]
        self._missing_tasks.text = as_text("\n".join(filter(None, problems)))
        self._missing_tasks.visible = any(problems)

    def _agent_key(self) -> str:
        return self._agent.value or f"{self._library.value}_cfg_entry_point"

    def _card(self) -> TaskCard | None:
        """The card of the chosen task, as far as it is known."""
        if self._task is None:
            return None
        details = self._details
        if details is None or details.task != self._task.name or details.card is None:
            details = self._cards.get(self._task.name)
        return None if details is None else details.card

    def _follow_checkpoint(self) -> None:
        """Has the checkpoint looked up that training would start from."""
        wanted = None
        if self.ready and self._checkpoint.trains_from_it and self._state is State.IDLE:
            with contextlib.suppress(UserError):  # pressing Train says what is wrong
                wanted = self.config(playing=False)
        self._lookup.follow(wanted)

    def _follow_memory(self) -> None:
        """Warns of a number of environments that will probably not fit."""
        config, details = None, self._details
        if self.ready and self._state is State.IDLE:
            with contextlib.suppress(UserError):  # pressing Train says what is wrong
                config = self.config(playing=False)
        default = details.num_envs if details is not None and _question(details) == self._described else None
        self._memory.follow(config, default if config is None or config.num_envs is None else config.num_envs)

    def _show_defaults(self) -> None:
        details, asked = self._details, self._described
        presets: tuple[PresetGroup, ...] = ()
        if asked is not None and details is not None and (details.task, details.agent) == (asked.task, asked.agent):
            presets = details.presets  # the same, whichever of them are chosen
        self.overrides.presets.update(presets)
        if details is not None and _question(details) != asked:
            details = None  # the answer for another choice
        for number in self._numbers.values():
            number.follow(details)
        self._problem.show(self._task, self._unknown, details)

    def _remember(self) -> None:
        self.overrides.keep_for(self._picker.chosen)
        for field in self._fields:
            for key, value in field.remembered().items():
                if self._settings.get(key, None) != value:
                    self._settings.set(key, value)

    @property
    def reloads(self) -> bool:
        """Whether edited code is imported again before each run without a question."""
        return self._more.reloads.value

    def key_pressed(self, key: int) -> None:
        """Passes a key to the list of tasks."""
        self._picker.key_pressed(key)

    @property
    def device(self) -> str:
        """The chosen device; empty before there is one."""
        return self._device.value

    @property
    def ready(self) -> bool:
        """Whether a task and a library that can train it are chosen, and no problem is known.

        Problems are looked up without overrides, which may remove them: with overrides the trainer decides.
        """
        chosen = self._task is not None and bool(self._library.value)
        return chosen and (not self._problem.text or not self.overrides.is_empty)

    def config(self, playing: bool) -> RunConfig:
        """Returns the configuration of a playback or a training, as the fields say.

        Raises:
            UserError: For the first field that cannot be right.
        """
        if self._unknown and not self._library.demanded:
            raise UserError(self._unknown)
        config = self._base
        for field in self._fields:
            config = config.replace(**field.values(playing))
        config.validate()
        return config

    def set_config(self, config: RunConfig, playing: bool) -> None:
        """Writes a configuration into the fields, as if the user had chosen all of it."""
        self._base = config
        for field in self._fields:
            field.show(config, playing)
        self._dirty = True


def _question(details: TaskDetails) -> Describe:
    """Returns what task details are the answer to."""
    return Describe(details.task, details.library, details.device, details.agent, details.overrides)


def _preferred(devices: tuple[str, ...]) -> str:
    """A GPU where there is one."""
    return next((device for device in devices if device.startswith("cuda")), devices[0] if devices else "")
