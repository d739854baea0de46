# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The table of the RL libraries, and what the rest of the program asks about one without importing it.

Each library has a folder with a module ``format``, whose ``LIBRARY`` is a :class:`LibraryFormat`. A library that trains
here also has a module ``learner`` with a function ``create_learner``: see :mod:`.base`.
"""

from __future__ import annotations

import enum
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import shortened

PACKAGES = {
    "rsl_rl": ".rsl_rl",
    "sb3": ".sb3",
    "skrl": ".skrl",
    "rl_games": ".rl_games",
}
"""The folder of each library, as the name of a package, by Isaac Lab's name of the library."""

OUTSIDE = {"torchrl": "TorchRL", "rlinf": "RLinf"}
"""The libraries of Isaac Lab's command that neither train nor are listed here, with their names for the user."""

ITERATIONS = "iterations"
ENVIRONMENT_STEPS = "environment steps"
STEPS_OF_EACH_ENVIRONMENT = "steps of each environment"
SECONDS = "seconds"
STEPS = "steps"
"""Units of the steps of a scalar. :data:`STEPS` says nothing about what they count."""

BEST_STEM = "best"
"""File name, without ending, of the best checkpoint, unless the library has its own name for it. No pattern of Isaac
Lab's matches this one."""

CHECKPOINT_ENDINGS = (".pt", ".pth", ".zip")
"""The endings of the libraries' checkpoints."""


class CheckpointKind(enum.StrEnum):
    """Why a checkpoint was saved."""

    PERIODIC = "periodic"
    FINAL = "final"
    BEST = "best"


@dataclass(frozen=True)
class CheckpointFiles:
    """The names of one kind of checkpoint.

    Args:
        kind: Why they are saved.
        pattern: Regular expression of the whole file name; its group, if it has one, is the number in the name.
        folder: The folder that holds them, below the run's directory.
    """

    kind: CheckpointKind
    pattern: str
    folder: str = ""


@dataclass(frozen=True)
class Pace:
    """What one iteration of a training adds; None for unknown.

    Args:
        counts: To the library's counter.
        steps: To the environment steps over all parallel environments.
        first: The number of the first iteration, where the library counts iterations.
    """

    counts: int | None = None
    steps: int | None = None
    first: int = 0


UNKNOWN_PACE = Pace()


@dataclass(frozen=True)
class LibraryFormat:
    """What a library writes and reads: file names, tags, units, configuration keys, packages.

    Keys are dotted, such as ``trainer.timesteps``, below the agent configuration.

    Args:
        name: Isaac Lab's name of the library.
        label: Its name for the user.
        short_label: A shorter one for tables; empty for ``label``.
        distribution: Its package on PyPI.
        extra: The extra of ``isaaclab`` that installs it; empty where Isaac Lab itself requires it.
        requirements: What pip installs for it instead, without dependencies, because its own contradict Isaac Lab's.
        modules: What must be found for it to be installed.
        multi_gpu: Whether Isaac Lab's ``train_multigpu`` trains with it.
        trains: Whether it trains here; the runs of other libraries are listed only.
        checkpoints: The names of its checkpoints.
        last_is_final: Whether the final model is named as a periodic checkpoint, and so is the last one.
        step_unit: What it counts the steps of its scalars, and the numbers of its checkpoints, in.
        first_iteration: The number of the first iteration, where it counts iterations.
        tag_units: The units of scalars that tell by their tags, by regular expressions of the whole tag. They also
            tell the unit in a run of an unknown library.
        mean_reward_tag: Tag of the mean episode return.
        mean_length_tag: Tag of the mean episode length.
        rollout_key: Key of the steps of each environment in an iteration.
        length_key: Key of the length of a training, in ``step_unit``.
        length_is_total: Whether that counts the iterations before a resume too, in runs of Isaac Lab's command.
        seed_key: Key of the seed.
        save_interval_key: Key of the iterations between two periodic checkpoints.
        start_keys: Keys that say how long, where or under which name a training runs, not how it learns.
        positive_keys: Keys of numbers that it divides by, or repeats something as often as.
        required_keys: Keys that an override must not remove.
        nullable_keys: Keys that are declared as numbers, and that null switches off.
        experiment_is_task: Whether Isaac Lab's command names the experiment's folder by the task.
        experiment_key: Key of the name of the folder that holds the runs of an experiment; empty where there is none.
        run_name_key: Key of the text that its command appends to the name of a run's folder; empty where there is none.
        loggers: What it can log to besides event files, the event files first; empty where that is no choice.
        logger_key: Key of the choice among them.
        log_project_keys: Keys of the name of the project there.
        fine_tunes: Whether its learner obeys ``fine_tune`` of :class:`..run_config.RunConfig`.
        policy_keys: Keys of what a policy is made of, which a fine-tuning takes from the run of the checkpoint.
        keeps_all_info: Whether ``--keep_all_info`` means anything to it.
        export_overrides: Overrides that its export needs; ``{device}`` stands for the device.
        no_export: Why Isaac Lab cannot export its policies, in one sentence; empty where it can.
    """

    name: str
    label: str
    short_label: str = ""
    distribution: str = ""
    extra: str = ""
    requirements: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    multi_gpu: bool = False
    trains: bool = True
    checkpoints: tuple[CheckpointFiles, ...] = ()
    last_is_final: bool = False
    step_unit: str = STEPS
    first_iteration: int = 0
    tag_units: tuple[tuple[str, str], ...] = ()
    mean_reward_tag: str = ""
    mean_length_tag: str = ""
    rollout_key: str = ""
    length_key: str = ""
    length_is_total: bool = False
    seed_key: str = "seed"
    save_interval_key: str = ""
    start_keys: tuple[str, ...] = ()
    positive_keys: tuple[str, ...] = ()
    required_keys: tuple[str, ...] = ()
    nullable_keys: tuple[str, ...] = ()
    experiment_is_task: bool = False
    experiment_key: str = ""
    run_name_key: str = ""
    loggers: tuple[str, ...] = ()
    logger_key: str = ""
    log_project_keys: tuple[str, ...] = ()
    fine_tunes: bool = False
    policy_keys: tuple[str, ...] = ()
    keeps_all_info: bool = False
    export_overrides: tuple[str, ...] = ()
    no_export: str = ""

    @property
    def final_pattern(self) -> str | None:
        """Regular expression of the final model's file name; None where :attr:`last_is_final`, or none is known."""
        return next((each.pattern for each in self.checkpoints if each.kind is CheckpointKind.FINAL), None)

    @property
    def latest_pattern(self) -> str:
        """Regular expression of the file names among which the latest checkpoint is chosen."""
        patterns = [each.pattern for each in self.checkpoints if each.kind is not CheckpointKind.BEST]
        return "|".join(f"(?:{pattern})" for pattern in patterns)

    @property
    def latest_folder(self) -> str:
        """The folder of a run among whose checkpoints the latest is chosen; empty for the run's own."""
        return next((each.folder for each in self.checkpoints if each.kind is not CheckpointKind.BEST), "")

    @property
    def folders(self) -> set[str]:
        """The folders of a run that hold its checkpoints, the run's own left out."""
        return {each.folder for each in self.checkpoints if each.folder}

    def run_dir_of(self, checkpoint: Path) -> Path:
        """Returns the directory of the run that a checkpoint belongs to."""
        folder = checkpoint.parent
        return folder.parent if folder.name in self.folders else folder

    def steps_per_iteration(self, agent_cfg: Any, num_envs: Any) -> int | None:
        """Returns the environment steps of an iteration, over all environments; None where they are not known."""
        rollout = setting(agent_cfg, self.rollout_key)
        if isinstance(num_envs, int) and isinstance(rollout, int) and num_envs > 0 and rollout > 0:
            return num_envs * rollout
        return None

    def pace(self, agent_cfg: Any, num_envs: Any) -> Pace:
        """Returns what an iteration adds."""
        steps = self.steps_per_iteration(agent_cfg, num_envs)
        rollout = setting(agent_cfg, self.rollout_key)
        counts = {
            ITERATIONS: 1,
            ENVIRONMENT_STEPS: steps,
            STEPS_OF_EACH_ENVIRONMENT: rollout if isinstance(rollout, int) and rollout > 0 else None,
        }
        return Pace(counts.get(self.step_unit), steps, self.first_iteration)

    def default_iterations(self, agent_cfg: Any, num_envs: int) -> int:
        """Returns how many iterations an agent configuration trains for, with a number of environments."""
        length = setting(agent_cfg, self.length_key) or 0
        if self.step_unit == ITERATIONS:
            return int(length)
        one_step = num_envs if self.step_unit == ENVIRONMENT_STEPS else 1
        return max(1, round(length / (self.pace(agent_cfg, num_envs).counts or one_step)))

    def seed(self, agent_cfg: Any) -> int | None:
        """Returns the seed of an agent configuration."""
        return setting(agent_cfg, self.seed_key)

    def progress_at(self, counter: int, pace: Pace) -> tuple[int | None, int | None]:
        """Returns finished iterations and environment steps at a step of the library's counter; None for unknown."""
        if self.step_unit == ITERATIONS:
            finished = counter + 1 - self.first_iteration
            return finished, None if pace.steps is None else finished * pace.steps
        iterations = counter // pace.counts if pace.counts else None
        if self.step_unit == ENVIRONMENT_STEPS:
            return iterations, counter
        if not pace.counts or pace.steps is None:
            return iterations, None
        return iterations, counter * pace.steps // pace.counts

    def trains_each_agent(self, agent_cfg: Any) -> bool:
        """Returns whether an algorithm trains each agent of a task with several agents by itself.

        Otherwise Isaac Lab makes one agent of them, which sees what all see and acts for all.
        """
        return False

    def files(self, checkpoint: Path) -> tuple[Path, ...]:
        """Returns a checkpoint and the files that are read with it, which need not exist."""
        return (checkpoint,)

    def saved_steps(self, checkpoint: Path) -> int | None:
        """Returns the environment steps that a checkpoint says it has behind it; None where it does not say."""
        return None

    def known_options(self, agent_cfg: Any) -> dict[str, dict[str, Any]]:
        """Returns the types of the names that dictionaries of the agent configuration may hold, by dictionary's key."""
        return {}

    def check_config(self, agent_cfg: Any) -> None:
        """Checks the values of an agent configuration that are names of something.

        Raises:
            UserError: For one that does not exist.
        """


def all_formats() -> tuple[LibraryFormat, ...]:
    """Returns the formats of all libraries, in the order of the table."""
    return tuple(map(format_of, PACKAGES))


def format_of(library: str) -> LibraryFormat:
    """Returns the format of a library; of one that is not in the table nothing but the name is known."""
    if library not in PACKAGES:
        return LibraryFormat(library, library, trains=False)
    return load_module(library, "format").LIBRARY


def trainable() -> dict[str, LibraryFormat]:
    """Returns the formats of the libraries that train here, by name."""
    return {each.name: each for each in all_formats() if each.trains}


def library_named(text: str) -> str:
    """Returns Isaac Lab's name of the library that a user calls by this name or its label, in any case.

    A text that names none is returned as it is.
    """
    wanted = text.lower().replace("-", "_")
    for each in all_formats():
        names = {each.name, each.label, each.short_label} - {""}
        if wanted in {name.lower().replace("-", "_") for name in names}:
            return each.name
    return text


def unknown_library(library: str) -> str:
    """Returns the sentence about a library that does not train here, with what to do."""
    if library in OUTSIDE:
        return f"{OUTSIDE[library]} stays outside RL Trainer: train with isaaclab train --rl_library {library}."
    return f"No RL library '{shortened(library)}' trains here: choose {' or '.join(trainable())}."


def load_module(library: str, module: str) -> ModuleType:
    """Imports a module of a library's folder.

    Raises:
        ModuleNotFoundError: When the library is not installed.
    """
    return importlib.import_module(f"{PACKAGES[library]}.{module}", __package__)


def step_unit_of(tag: str, library: str = "") -> str:
    """Returns what the steps of a scalar count, by its library, or else by the tag alone."""
    known = [format_of(library)] if library in PACKAGES else all_formats()
    units = (unit for each in known for pattern, unit in each.tag_units if re.fullmatch(pattern, tag))
    return next(units, known[0].step_unit if library in PACKAGES else ITERATIONS)


def set_setting(configuration: Any, key: str, value: Any) -> None:
    """Sets the value of a dotted key in a configuration of mappings or objects; sections of mappings are created."""
    *path, name = key.split(".")
    for part in path:
        if not isinstance(configuration, dict):
            configuration = getattr(configuration, part)
        elif isinstance(configuration.get(part), Mapping):
            configuration = configuration[part]
        else:
            configuration[part] = configuration = {}
    if isinstance(configuration, dict):
        configuration[name] = value
    else:
        setattr(configuration, name, value)


def setting(configuration: Any, key: str) -> Any:
    """Returns the value of a dotted key in a configuration of mappings or objects; None where there is none."""
    for part in key.split("."):
        if isinstance(configuration, Mapping):
            configuration = configuration.get(part)
        else:
            configuration = getattr(configuration, part, None)
    return configuration
