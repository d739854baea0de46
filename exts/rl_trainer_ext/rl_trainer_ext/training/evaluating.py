# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Evaluates checkpoints: plays whole episodes with deterministic actions, and counts every environment alike."""

from __future__ import annotations

import functools
import operator
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError
from ..isaac_lab.simulation import SteppedEnv
from ..learners.base import Job, Learner, Playback
from ..runs.evaluations import Evaluation
from .checkpoint_choice import CheckpointChoice
from .commands import Evaluate
from .episodes import OpenEpisodes

_SHOW_INTERVAL = 0.2
"""Seconds between two changes of the progress."""


class EpisodeTally:
    """Counts the first episodes of each environment until there are enough of them.

    To count the first episodes that end, of whichever environment, would prefer short ones. So each environment has a
    number of episodes that is fixed beforehand.

    Args:
        env: The environment, all of whose episodes have just begun. Its :attr:`~SteppedEnv.on_step` calls this.
        episodes: Number of episodes; a remainder falls to the first environments.
    """

    def __init__(self, env: SteppedEnv, episodes: int) -> None:
        import torch

        device, number = env.unwrapped.device, env.num_envs
        self.episodes = episodes
        self._env = env
        self._ended_by = _termination_terms(env.unwrapped)
        each, more = divmod(episodes, number)
        self._left = torch.full((number,), each, dtype=torch.long, device=device)
        self._left[:more] += 1
        self._open = OpenEpisodes(env)
        self._finished: list[tuple[float, int]] = []
        self._endings: dict[str, int] = {}
        self._successes: list[tuple[float, int]] = []

    @property
    def done(self) -> int:
        """Number of episodes that have been counted."""
        return len(self._finished)

    def __call__(self, rewards: Any, dones: Any) -> None:
        """Counts one step.

        Args:
            rewards: Tensor of shape (num_envs,).
            dones: Boolean tensor of shape (num_envs,).
        """
        self._open.add(rewards)
        ended = dones.nonzero().flatten()
        if len(ended) == 0:
            return
        finished, counts = self._open.end(ended), self._left[ended] > 0
        counted = ended[counts]
        if len(counted):
            self._finished.extend(one for one, is_counted in zip(finished, counts.tolist(), strict=True) if is_counted)
            self._left[counted] -= 1
            for name, fired in self._ended_by().items():
                self._endings[name] = self._endings.get(name, 0) + int(fired[counted].sum())
            if (share := _success_share(self._env.extras)) is not None:
                self._successes.append((share, len(counted)))

    def evaluation(self, checkpoint: str, seed: int | None) -> Evaluation:
        """Returns the result over all counted episodes.

        Args:
            checkpoint: The checkpoint's path, relative to the run's folder.
            seed: Seed of the environments; None if it was drawn.
        """
        returns, lengths = zip(*self._finished, strict=True)
        return Evaluation(
            checkpoint=checkpoint,
            episodes=self.done,
            num_envs=self._env.num_envs,
            seed=seed,
            mean_return=statistics.fmean(returns),
            std_return=statistics.pstdev(returns),
            mean_length=statistics.fmean(lengths),
            std_length=statistics.pstdev(lengths),
            terminations={name: count / self.done for name, count in self._endings.items()},
            success_rate=self._success_rate(),
            time=time.time(),
        )

    def _success_rate(self) -> float | None:
        """The share of episodes that a termination named success ended, or else what the task logs of its own."""
        named = [name for name in self._endings if "success" in name.lower()]
        if named:
            return sum(self._endings[name] for name in named) / self.done
        if self._successes:
            return sum(share * count for share, count in self._successes) / sum(count for _, count in self._successes)
        return None


def evaluate(
    learner: Learner,
    job: Job,
    choice: CheckpointChoice,
    command: Evaluate,
    keep: Callable[[Evaluation], None],
    show: Callable[[str], None],
) -> str:
    """Evaluates one checkpoint, or all of its run.

    Blocks; to be called inside a cooperative task. Every checkpoint meets the same random numbers.

    Args:
        learner: The library.
        job: The first checkpoint, and the environment for all of them.
        choice: Prepares the other checkpoints.
        command: What to evaluate.
        keep: Called with each evaluation as soon as it is complete.
        show: Shows the progress.

    Returns:
        What was left out and why, in sentences; empty for nothing.
    """
    from isaaclab.utils.seed import configure_seed

    assert job.checkpoint is not None
    left_out = []
    seed = job.env_cfg.seed
    for path in _checkpoints(job) if command.all_checkpoints else (job.checkpoint,):
        if path != job.checkpoint:
            try:
                job, _ = choice.prepare(path, job)
            except UserError as error:
                left_out.append(f"{path.name} was left out: {error}")
                continue
        configure_seed(seed)
        tally = _play_episodes(learner.start_playback(job), job, command.episodes, show)
        keep(tally.evaluation(str(path.relative_to(job.run_dir)), seed))
    return " ".join(left_out)


def _checkpoints(job: Job) -> list[Path]:
    """Returns the checkpoints of the job's run: its own first, which is loaded already, then the others as learned."""
    assert job.checkpoint is not None
    listed = [one.path for one in reversed(runs.list_checkpoints(job.run_dir))]
    return [job.checkpoint, *(path for path in listed if path != job.checkpoint)]


def _play_episodes(playback: Playback, job: Job, episodes: int, show: Callable[[str], None]) -> EpisodeTally:
    assert job.checkpoint is not None
    tally = job.env.on_step = EpisodeTally(job.env, episodes)
    show_at = 0.0
    try:
        while tally.done < episodes:
            if time.perf_counter() >= show_at:
                show(f"Evaluating {job.checkpoint.name}: {tally.done:,} of {episodes:,} episodes")
                show_at = time.perf_counter() + _SHOW_INTERVAL
            playback.step()
    finally:
        job.env.on_step = None
    return tally


def _termination_terms(env: Any) -> Callable[[], Mapping[str, Any]]:
    """Returns a function that tells, after a step, which termination ended each environment's episode.

    Its values are boolean tensors of shape (num_envs,), by the term's name. A direct task has no terms: there it is
    whether the time was up.
    """
    manager = getattr(env, "termination_manager", None)
    if manager is not None:
        return lambda: {name: manager.get_term(name) for name in manager.active_terms}
    if hasattr(env, "reset_terminated"):
        return lambda: {"terminated": env.reset_terminated, "time_out": env.reset_time_outs}
    team = getattr(env, "env", env)  # a task of several agents, or what makes one agent of them
    if hasattr(team, "terminated_dict"):
        # as the task itself: an episode ends when it has ended for all agents
        return lambda: {"terminated": _all(team.terminated_dict), "time_out": _all(team.time_out_dict)}
    return dict


def _all(values: Mapping[str, Any]) -> Any:
    return functools.reduce(operator.and_, values.values())


def _success_share(extras: Mapping[str, Any]) -> float | None:
    """Returns the share of successes among the episodes that have just ended, if the task logs it."""
    log = extras.get("log")
    for name, value in log.items() if isinstance(log, Mapping) else ():
        if name.rpartition("/")[2].lower() == "success_rate":
            return float(value)
    return None
