# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Rules that end a training before its last iteration: a mean reward, iterations without a better one, or minutes."""

from __future__ import annotations

import math

from .. import wording
from ..isaac_lab.simulation import SteppedEnv
from ..learners.early_end import EndOfTraining
from ..metrics import MEAN_REWARD, Metrics
from ..run_config import RunConfig
from .counters import Counters


class StopRules:
    """Checks the rules of a training after each of its iterations.

    Args:
        config: Has the rules.
        counters: Those of the run. Only its own iterations and its own time count, not those of its checkpoint.
        metrics: Those of the run.
        env: The environment.
    """

    def __init__(self, config: RunConfig, counters: Counters, metrics: Metrics, env: SteppedEnv) -> None:
        self.reason = ""
        """Why a rule ended the training, in one sentence; empty while none has."""
        self._config, self._counters, self._metrics = config, counters, metrics
        # until every environment has had time for an episode from its beginning to its end, the mean reward is one of
        # short episodes, which looks good where rewards are negative
        self._unsettled_steps = int(env.unwrapped.max_episode_length) * env.num_envs
        self._best, self._best_iteration = -math.inf, 0

    def check(self) -> None:
        """Ends the training if a rule says so. To be called after each iteration, before the next one begins.

        Raises:
            EndOfTraining: When it does.
        """
        config = self._config
        if config.stop_reward is None and config.stop_patience is None and config.stop_minutes is None:
            return
        self.reason = self._by_reward() or self._by_time()
        if self.reason:
            raise EndOfTraining

    def _by_reward(self) -> str:
        config, counters, mean = self._config, self._counters, self._metrics.last(MEAN_REWARD)
        settled = counters.steps - counters.start.steps >= self._unsettled_steps
        if mean is None or not math.isfinite(mean) or not settled:
            return ""
        if config.stop_reward is not None and mean >= config.stop_reward:
            return (
                f"Ended because the mean reward has reached {wording.number(mean)} "
                f"(stop_reward {wording.number(config.stop_reward)})."
            )
        iteration = counters.iteration
        if mean > self._best:
            self._best, self._best_iteration = mean, iteration
        elif config.stop_patience is not None and iteration - self._best_iteration >= config.stop_patience:
            return (
                f"Ended because the mean reward has not risen above {wording.number(self._best)} for "
                f"{wording.whole(iteration - self._best_iteration)} iterations (stop_patience {config.stop_patience})."
            )
        return ""

    def _by_time(self) -> str:
        limit, seconds = self._config.stop_minutes, self._counters.stopwatch.seconds
        if limit is None or seconds < 60.0 * limit:
            return ""
        return f"Ended after {wording.duration_with_unit(seconds)} of training (stop_minutes {limit:g})."
