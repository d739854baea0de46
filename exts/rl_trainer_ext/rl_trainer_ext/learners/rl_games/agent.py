# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL-Games' PPO agent and event writer, extended to report what happens inside ``train()``.

The agent's methods that are extended here are public. RL-Games makes its agents through a factory, which takes others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from rl_games.algos_torch.a2c_continuous import A2CAgent

from ...metrics import Metrics
from ..events import HoldAndRetry, ScalarWriter
from .format import LIBRARY


class AgentCallbacks(Protocol):
    """What a training does inside an agent's ``train()``."""

    def on_learning_started(self) -> None:
        """Called after the environment's reset, before the first action."""

    def on_rollout_finished(self) -> None:
        """Called after the last step of a rollout, before the update."""

    def on_update_finished(self) -> None:
        """Called after an update, before its scalars and checkpoints are written."""

    def on_iteration_finished(self) -> None:
        """Called when the scalars and checkpoints of an iteration are written."""

    def on_save(self, path: Path) -> None:
        """Called to write a checkpoint; the path has no ending yet."""


class LossWriter(ScalarWriter):
    """Writes an agent's scalars, and keeps the latest losses.

    Args:
        folder: Folder of the event file, which exists.
        metrics: Gets each scalar at once.
        hold_and_retry: Called when the event file cannot be written.
    """

    def __init__(self, folder: Path, metrics: Metrics, hold_and_retry: HoldAndRetry) -> None:
        super().__init__(folder, metrics, hold_and_retry, LIBRARY.name)
        self.losses: dict[str, float] = {}
        """The losses of the latest update, by name."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Adds a scalar, which may be a tensor or an array with one element."""
        super().add_scalar(tag, scalar_value, global_step)
        kind, _, name = tag.partition("/")
        if kind == "losses":
            self.losses[name] = float(scalar_value)


class CallbackAgent(A2CAgent):
    """An agent that calls a training back, and writes its events without a thread.

    Args:
        training: Called back.
        metrics: Gets the scalars.
        hold_and_retry: Called when the event file cannot be written.
        arguments: Those of RL-Games' agent.
    """

    def __init__(
        self, training: AgentCallbacks, metrics: Metrics, hold_and_retry: HoldAndRetry, **arguments: Any
    ) -> None:
        self._training, self._metrics, self._hold_and_retry = training, metrics, hold_and_retry
        self._started = False
        self.steps_of_rollout = 0
        """Steps of the current rollout that have been taken."""
        super().__init__(**arguments)

    @property
    def writer(self) -> LossWriter:
        """Writes the scalars."""
        return self._writer

    @writer.setter
    def writer(self, made: Any) -> None:
        """Replaces the writer that RL-Games makes, whose thread loses its events when a disk is full."""
        made.close()
        folder = Path(made.logdir)
        for empty in folder.glob("events.out.tfevents.*"):
            empty.unlink()
        self._writer = LossWriter(folder, self._metrics, self._hold_and_retry)

    def train_epoch(self) -> Any:
        """Collects a rollout and updates the networks."""
        if not self._started:
            self._started = True
            self._training.on_learning_started()
        self.steps_of_rollout = 0
        return super().train_epoch()

    def env_step(self, actions: torch.Tensor) -> Any:
        """Steps the environments with actions of shape (environments, actions)."""
        result = super().env_step(actions)
        self.steps_of_rollout += 1
        return result

    def prepare_dataset(self, batch_dict: Mapping[str, Any]) -> None:
        """Makes mini-batches of a rollout."""
        self._training.on_rollout_finished()
        super().prepare_dataset(batch_dict)

    def write_stats(self, *args: Any, **kwargs: Any) -> None:
        """Writes the scalars of an iteration."""
        self._training.on_update_finished()
        super().write_stats(*args, **kwargs)

    def update_epoch(self) -> int:
        """Counts the next epoch, and returns its number."""
        if self._started:
            self._training.on_iteration_finished()
        return super().update_epoch()

    def save(self, fn: str) -> None:
        """Lets the training write the checkpoint."""
        self._training.on_save(Path(fn))

    @property
    def mean_return(self) -> float | None:
        """Mean return of the latest episodes; None before the first has ended."""
        if self.game_rewards.current_size == 0:
            return None
        return float(self.game_rewards.get_mean().reshape(-1)[0])

    @property
    def checkpoint_reward(self) -> str:
        """The mean return as RL-Games writes it into the name of a checkpoint; -inf without one."""
        mean = self.mean_return
        return str(
            -math.inf if mean is None or not math.isfinite(mean) else self.game_rewards.get_mean().reshape(-1)[0]
        )


@contextmanager
def process_settings() -> Iterator[None]:
    """Restores after the block what RL-Games' runner sets for the whole process: TF32, threads, compiled code."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark
    precision, threads = torch.get_float32_matmul_precision(), torch.get_num_threads()
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = before
        torch.set_float32_matmul_precision(precision)
        torch.set_num_threads(threads)
        # code that was compiled for this run keeps its networks in memory, and counts towards a limit
        torch.compiler.reset()
