# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The protocols that every RL library implements for the trainer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import UserError
from ..isaac_lab.simulation import SteppedEnv
from ..metrics import Metrics
from ..overrides.hydra import first_line
from ..run_config import RunConfig
from ..system.installation import how_to_install, not_installed
from ..system.memory import is_out_of_memory
from .checkpoint_writer import CheckpointWriter
from .formats import LibraryFormat, load_module, trainable, unknown_library
from .resuming import Progress

if TYPE_CHECKING:
    import torch

    from .policy_files import PolicyNetwork


@dataclass
class Job:
    """Everything that a library needs to train or play."""

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
    """The use of a checkpoint.

    Args:
        task: The task's name, for sentences.
        agent_cfg: The agent's configuration, as :meth:`Learner.configure` gives it.
        playing: Whether it is to be played; otherwise a training is to be resumed from it.
        other_task: The task that it was trained on where that is another one; empty otherwise.
        env_cfg: The configuration of the environment, overrides applied; None where it is not known.
        overrides: What was given explicitly, such as ``agent.normalize_input=False``.
        fine_tune: Whether a training takes only its weights and normalisers; see :meth:`Learner.start_training`.
    """

    task: str
    agent_cfg: Any
    playing: bool
    other_task: str = ""
    env_cfg: Any = None
    overrides: tuple[str, ...] = ()
    fine_tune: bool = False


class Training(Protocol):
    """One training, from its first step to its final model."""

    start: Progress
    """The progress of the checkpoint that it resumes; zeros from scratch."""
    iteration: int
    """Finished iterations, those before :attr:`start` included."""
    total_iterations: int
    """Finished iterations at its end, those before :attr:`start` included."""

    def learn(self) -> None:
        """Trains to the end. Blocks; environment and optimizer steps give the frame loop its turns."""
        ...

    def save(self) -> Path | None:
        """Writes the current model under the name that Isaac Lab gives a final model, and returns its path.

        Writes nothing and returns None when the weights are not finite numbers.

        Raises:
            OSError: When it cannot be written.
        """
        ...

    def save_checkpoint(self) -> Path | None:
        """Writes a periodic checkpoint of this moment between two iterations, and returns its path.

        Writes nothing and returns None when the weights are not finite numbers.

        Raises:
            OSError: When it cannot be written and the user stops the run.
        """
        ...

    def close(self) -> None:
        """Flushes and closes the event files."""
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
        """Exports the policy to the files that Isaac Lab's playback with this library writes, if it writes any.

        Returns:
            The reason of a failure, in one sentence; empty on success.
        """
        ...

    def step(self) -> None:
        """Chooses an action for each environment and steps all of them."""
        ...

    @property
    def agents(self) -> tuple[str, ...]:
        """The names of the agents that have a policy each; one empty name for the only policy."""
        return ("",)

    def network(self, agent: str = "") -> PolicyNetwork:
        """Returns the policy of an agent as a network for policy files.

        Raises:
            UserError: When it cannot be one.
        """
        ...

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        """Returns what the network takes for the next :meth:`step`, each of shape (num_envs, …), without memory."""
        ...

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        """Returns its actions of the last :meth:`step`, of shape (num_envs, actions), and whose episode that ended."""
        ...


class Learner(Protocol):
    """One RL library."""

    format: LibraryFormat
    """What other folders know of it."""

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        """Applies seed, device and length of the run to the agent configuration, and the seed to ``env_cfg``.

        In Isaac Lab's order, so that the same arguments give the same run. Returns the agent configuration to use.

        Raises:
            UserError: When it names a class, or the like, that does not exist.
        """
        ...

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        """Checks that each mini-batch of a training gets enough samples. Takes configurations from :meth:`configure`.

        Raises:
            UserError: When what an iteration collects is too little for its mini-batches.
        """
        ...

    def training_scope(self) -> AbstractContextManager[None]:
        """Returns the settings of the process that Isaac Lab's command makes before it creates the environment."""
        ...

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        """Returns the name of the folder below ``<log_root>/<library>`` that holds the runs of this experiment."""
        ...

    def run_name(self, agent_cfg: Any) -> str:
        """Returns the text that is appended to the time in the name of the run's folder; it may be empty."""
        ...

    def manifest_metadata(self, agent_cfg: Any) -> dict[str, str]:
        """Returns what Isaac Lab's manifest of a run of this library says, besides the key of its agent."""
        return {}

    def takes_teachers(self, agent_cfg: Any) -> bool:
        """Returns whether a training starts from another run's policy, which may be of another task."""
        ...

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        """Checks all of a checkpoint that can be checked before there is an environment.

        Raises:
            NeedsTrustError: When it can only be read by running code, and the user does not trust it.
            UserError: When it is not a checkpoint of this library, is damaged, or does not fit the configuration.
        """
        ...

    def stage(self, checkpoint: Path, agent_cfg: Any) -> Any:
        """Returns the stage of the environment's curricula in a checkpoint that a training resumes.

        Returns:
            What :attr:`.CheckpointWriter.stage` returned when it was saved; empty if this training takes none over,
            None if the checkpoint has none.
        """
        return {}

    def start_training(self, job: Job) -> Training:
        """Wraps the environment and builds the agent, as ``job.checkpoint`` left it if there is one.

        With ``job.config.fine_tune`` only the weights and normalisers are the checkpoint's: optimizer, learning rate,
        counters, windows of episodes and random generators are those of a new training, and ``start`` is zero. A
        library that implements this says so by ``fine_tunes`` in its format.

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
def mismatch_as_user_error(checkpoint: Path, task: str) -> Iterator[None]:
    """Turns a library's exception about a checkpoint that passed the checks into a user error."""
    try:
        yield
    except Exception as error:
        # a library may raise anything; errors that are not about the checkpoint pass through
        if isinstance(error, (UserError, OSError)) or is_out_of_memory(error):
            raise
        raise UserError(
            f"{checkpoint} cannot be loaded for {task} ({type(error).__name__}: {first_line(error)}): choose another "
            "checkpoint, or the configuration that it was trained with."
        ) from error


def is_overridden(config: RunConfig, key: str) -> bool:
    """Returns whether the overrides of a run give a value to a key such as ``agent.device``."""
    return gives(config.overrides, key)


def gives(overrides: Iterable[str], key: str) -> bool:
    """Returns whether one of the overrides gives a value to a key such as ``agent.device``."""
    return any(override.lstrip("+").startswith(f"{key}=") for override in overrides)


def load_learner(library: str) -> Learner:
    """Imports a library and returns its learner.

    Raises:
        UserError: When the library does not train here, or is not installed.
    """
    known = trainable()
    if library not in known:
        raise UserError(unknown_library(library))
    if problem := not_installed(known[library]):
        raise UserError(problem)
    # RSL-RL records the state of the code through git, and cannot be imported without git unless this is set
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    try:
        create: Callable[[], Learner] = load_module(library, "learner").create_learner
    except ModuleNotFoundError as error:
        raise UserError(how_to_install(known[library], error.name or library)) from error
    return create()
