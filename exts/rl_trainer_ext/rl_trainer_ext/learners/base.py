# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What every library offers the trainer. One file a library, the same steps in the same order in each."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..errors import UserError
from ..isaac_lab.simulation import SteppedEnv
from ..metrics import Metrics
from ..overrides.hydra import first_line
from ..run_config import RunConfig
from ..system.installation import pip_line
from ..system.memory import is_out_of_memory
from .checkpoint_writer import CheckpointWriter
from .resuming import Progress


@dataclass
class Job:
    """What a library is given to train or play with."""

    config: RunConfig
    env: SteppedEnv
    env_cfg: Any
    agent_cfg: Any
    run_dir: Path
    """Where a training writes; the folder of the checkpoint for a playback."""
    checkpoint: Path | None
    metrics: Metrics
    checkpoint_writer: CheckpointWriter | None = None
    """Writes what a training learns; a playback has none."""


@dataclass(frozen=True)
class Purpose:
    """What a checkpoint is wanted for.

    Args:
        task: The task's name, for sentences.
        agent_cfg: The agent's configuration, as :meth:`Learner.configure` gives it.
        playing: Whether it is to be played; otherwise a training is to be resumed from it.
        other_task: The task that it was trained on where that is another one; empty otherwise.
        env_cfg: The configuration of the environment, overrides applied; None where it is not known.
        overrides: What was given explicitly, such as ``agent.normalize_input=False``.
    """

    task: str
    agent_cfg: Any
    playing: bool
    other_task: str = ""
    env_cfg: Any = None
    overrides: tuple[str, ...] = ()


class Training(Protocol):
    """One training, from its first step to its final model."""

    start: Progress
    """What it goes on from; zeros when from scratch."""
    iteration: int
    """Finished iterations, those before :attr:`start` included."""
    total_iterations: int
    """Iterations at its end, likewise."""

    def learn(self) -> None:
        """Trains to the end. Blocks; the frame loop gets its turns from inside."""
        ...

    def save(self) -> Path | None:
        """Writes the model as it is now under the name that Isaac Lab gives a final model, and returns its path.

        Returns None, and writes nothing, when the weights are not finite numbers.

        Raises:
            OSError: When it cannot be written.
        """
        ...

    def close(self) -> None:
        """Writes out and closes the event files."""
        ...


class Playback(Protocol):
    """A policy that acts deterministically."""

    def load(self, job: Job) -> None:
        """Continues with the policy of ``job.checkpoint``, configured as the job says, in the same episodes.

        The job's environment is the one that plays.

        Raises:
            UserError: When it does not fit; the policy is then the one that it was.
        """
        ...

    def export(self, folder: Path) -> str:
        """Writes the policy to the files that the library's playback in Isaac Lab leaves in a run, if it leaves any.

        Returns:
            Why it failed, in one sentence; empty when it did not.
        """
        ...

    def step(self) -> None:
        """Chooses one action for each environment and steps them."""
        ...


class Learner(Protocol):
    """One RL library."""

    library: str
    """Isaac Lab's name of it."""
    checkpoint_pattern: str
    """Regular expression of the file names of its checkpoints: their numbers decide which is the latest."""
    step_unit: str
    """What the library counts the steps of its scalars in."""

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        """Applies seed, device and length of the run to the agent configuration, and the seed to ``env_cfg``.

        In Isaac Lab's order, so that the same arguments give the same run. Returns the agent configuration to use.

        Raises:
            UserError: When it names a class, or the like, that does not exist.
        """
        ...

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        """Checks that a training with these configurations, as :meth:`configure` left them, can learn.

        Raises:
            UserError: When what an iteration collects is too little for its mini-batches.
        """
        ...

    def training_scope(self) -> AbstractContextManager[None]:
        """What the library's command sets in the process from before the environment is created to its end."""
        ...

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        """Name of the folder below ``<log_root>/<library>`` that holds the runs of this experiment."""
        ...

    def run_name(self, agent_cfg: Any) -> str:
        """What is appended to the time in the name of the run's folder, or an empty string."""
        ...

    def takes_teachers(self, agent_cfg: Any) -> bool:
        """Whether a training starts from a policy of another one, which may have been trained on another task."""
        ...

    def files(self, checkpoint: Path) -> tuple[Path, ...]:
        """A checkpoint and the files that are read with it, which need not exist."""
        ...

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        """Checks all of a checkpoint that can be checked before there is an environment.

        Raises:
            NeedsTrustError: When it can only be read by running code, and the user does not trust it.
            UserError: When it is not a checkpoint of this library, is damaged, or does not fit the configuration.
        """
        ...

    def start_training(self, job: Job) -> Training:
        """Wraps the environment and builds the agent, as ``job.checkpoint`` left it if there is one.

        Raises:
            UserError: When the checkpoint does not fit the task.
        """
        ...

    def start_playback(self, job: Job) -> Playback:
        """Wraps the environment and loads the policy of ``job.checkpoint``.

        Raises:
            UserError: When the checkpoint does not fit the task.
        """
        ...


@contextmanager
def fitting(checkpoint: Path, task: str) -> Iterator[None]:
    """Turns what a library says of a checkpoint that the checks let pass into one sentence."""
    try:
        yield
    except Exception as error:
        # a library raises what it likes; what is not the checkpoint's fault stays what it is
        if isinstance(error, (UserError, OSError)) or is_out_of_memory(error):
            raise
        raise UserError(
            f"{checkpoint} cannot be loaded for {task} ({type(error).__name__}: {first_line(error)}): choose another "
            "checkpoint, or the configuration that it was trained with."
        ) from error


def is_overridden(config: RunConfig, key: str) -> bool:
    """Whether a configuration gives a value to a key such as ``agent.device``."""
    return gives(config.overrides, key)


def gives(overrides: Iterable[str], key: str) -> bool:
    """Whether one of the overrides gives a value to a key such as ``agent.device``."""
    return any(override.lstrip("+").startswith(f"{key}=") for override in overrides)


def load_learner(library: str) -> Learner:
    """Imports the adapter of a library, and with it the library.

    Raises:
        UserError: When the library is unknown or not installed.
    """
    if library not in _MODULES:
        raise UserError(f"There is no RL library '{library}' here: choose {' or '.join(_MODULES)}.")
    module, name, requirement = _MODULES[library]
    # RSL-RL notes the state of the code through git, and does not import where there is no git unless told to go on
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    try:
        return getattr(importlib.import_module(module, __package__), name)()
    except ModuleNotFoundError as error:
        raise UserError(
            f"The RL library '{library}' is not installed ({error.name} is missing): run {pip_line(requirement)}"
        ) from error


_MODULES = {
    "rsl_rl": (".rsl_rl.learner", "RslRlLearner", "rsl-rl-lib"),
    "sb3": (".sb3.learner", "Sb3Learner", "stable-baselines3"),
}
