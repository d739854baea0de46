# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The callback that Stable-Baselines3 calls from inside ``learn()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecNormalize

from ..random_state import set_random_state
from ..resuming import Progress
from .episode_terms import EpisodeTerms
from .watch import AgentWatch

CHECKPOINT_INTERVAL = 1000
"""Vectorised steps between two checkpoints, as in Isaac Lab's command. Here they are written at the end of an
iteration, because the library saves no unfinished rollout."""


class AgentTraining(Protocol):
    """The training that a callback belongs to: see :class:`.state.ResumableAgent`."""

    env: Any
    watch: AgentWatch
    start: Progress
    iteration: int
    random: dict[str, Any] | None
    """States of the random generators to begin with; None to leave them alone."""

    def check_rollout(self, learned: bool) -> None:
        """Checks the rollout and the weights that collected it."""

    def iteration_finished(self, mean_reward: float | None, settled: bool) -> None:
        """Writes the agent if it is the best so far. Called before the update of the iteration."""

    def between_iterations(self) -> None:
        """Called after the update of an iteration."""

    def save_as(self, stem: str) -> bool:
        """Writes a checkpoint."""


class TrainingCallback(BaseCallback):
    """Counts iterations, checks that all numbers are finite, logs episode terms and writes checkpoints.

    Args:
        training: The training.
        whole_episodes: Returns whether every environment has had time for an episode from its beginning to its end.
        extras: Returns what the last step of the environment returned as extras.
    """

    def __init__(
        self,
        training: AgentTraining,
        whole_episodes: Callable[[], bool],
        extras: Callable[[], Mapping[str, Any]],
    ) -> None:
        super().__init__()
        self._training, self._whole_episodes = training, whole_episodes
        self._extras, self._terms = extras, EpisodeTerms()
        self._rollouts = 0
        self._saved_at = 0

    def _on_training_start(self) -> None:
        if isinstance(self._training.env, VecNormalize):
            self._training.env.training = True
        if self._training.random is not None:
            # the library has reset the environment; it draws no number between this call and the first action
            set_random_state(self._training.random)

    def _on_rollout_start(self) -> None:
        # an iteration ends with the update of the policy; the next callback is that of the next rollout
        self._count_iteration()
        self._training.watch.rollout_started()
        self._rollouts += 1
        if self.n_calls - self._saved_at >= CHECKPOINT_INTERVAL:
            self._saved_at = self.n_calls
            self._training.save_as(f"model_{self.num_timesteps}_steps")

    def _on_step(self) -> bool:
        self._terms.add(self._extras())
        self._training.watch.stepped(self.locals["new_obs"], self.locals["rewards"])
        return True

    def _on_rollout_end(self) -> None:
        training = self._training
        training.check_rollout(learned=self._rollouts > 1)
        # the policy that collected the rollout, with the mean that the library is about to log
        window = self.model.ep_info_buffer
        settled = len(window) == window.maxlen and self._whole_episodes()
        mean_reward = float(safe_mean([episode["r"] for episode in window])) if window else None
        training.iteration_finished(mean_reward, settled)
        # logged with the library's own scalars; its table cuts names off, and refuses two that become the same
        for tag, value in self._terms.take().items():
            self.logger.record(tag, value, exclude="stdout")

    def _on_training_end(self) -> None:
        self._count_iteration()

    def _count_iteration(self) -> None:
        """Counts an iteration after its update. Also called before the first rollout."""
        training = self._training
        training.iteration = training.start.iterations + self._rollouts
        diverged = training.watch.losses_fault(training.watch.logged_losses())
        training.watch.iteration, training.watch.updating = training.iteration, False
        if diverged is not None:
            raise diverged
        if self._rollouts:
            training.between_iterations()
