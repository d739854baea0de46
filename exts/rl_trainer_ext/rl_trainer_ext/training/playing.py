# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The loop of a playback: at its speed, with another policy whenever somebody asks for one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import NeedsTrustError, UserError
from ..frames.cooperative import next_frame, sleep_until
from ..isaac_lab.simulation import SteppedEnv
from ..learners.base import Job, Playback
from ..metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from ..runs.checkpoints import checkpoints
from ..runs.model import Checkpoint, CheckpointKind

EPISODES_KEPT = 100
"""Finished episodes over which a playback averages, as the libraries do in training."""

FOLLOW_INTERVAL = 1.0
"""Seconds between two looks for a new checkpoint of the run that is followed."""


class Playing:
    """Plays, and takes what the user asks for between two steps.

    Args:
        speed: Multiple of real time; 0 plays as fast as the machine can.
        choose: Gives what plays a checkpoint in the environment that is there, with that checkpoint's own
            configuration, and what of it is told; raises UserError where it does not fit.
    """

    def __init__(self, speed: float, choose: Callable[[Path], tuple[Job, str]]) -> None:
        self.speed = speed
        self.checkpoint: Path | None = None
        """What plays; None before anything does."""
        self.following: Path | None = None
        """The run whose newest checkpoint is to be played."""
        self.told: str | None = None
        """What is told of a checkpoint that was chosen in mid-playback; None before one was."""
        self.problem = ""
        """Why the last checkpoint that was asked for does not play, in one sentence; for whoever shows it to clear."""
        self.untrusted = ""
        """The digest of the content that would have to run code, where that is the problem."""
        self._choose = choose
        self._refused: Path | None = None
        self._wanted: Path | None = None
        self._env: SteppedEnv | None = None
        self._step_until: int | None = None
        self._stepped = False
        self._look_again = 0.0
        self._looked_at = 0
        self._followed: Checkpoint | None = None

    def swap(self, checkpoint: Path) -> None:
        """Asks for another policy; it plays from the next step on. Ends :meth:`follow`."""
        self.following, self._wanted = None, checkpoint

    def follow(self, run_dir: Path | None) -> None:
        """Asks for the newest checkpoint of a run, and for each that appears after it; None ends that."""
        self.following, self._followed = run_dir, None
        self._look_again, self._looked_at = 0.0, 0

    def retry(self) -> None:
        """Asks once more for the last checkpoint that was refused."""
        self._wanted = self._refused

    def step(self) -> None:
        """Asks for one more environment step, after which :meth:`stepped` says so and nothing is played."""
        if self._env is not None:
            self._step_until = self._env.step_count + 1

    def stepped(self) -> bool:
        """Whether the step that was asked for has been done since the last call."""
        stepped, self._stepped = self._stepped, False
        return stepped

    def run(
        self, playback: Playback, checkpoint: Path, env: SteppedEnv, metrics: Metrics, num_steps: int | None
    ) -> None:
        """Plays to the end. Blocks, inside a cooperative task.

        Args:
            playback: The library's.
            checkpoint: What it has loaded.
            env: What it plays in.
            metrics: Where return and length of the episodes are filed as they end.
            num_steps: After so many vectorised steps it ends; None plays until it is stopped.
        """
        self.checkpoint, self._env = checkpoint, env
        try:
            self._play(playback, env, metrics, num_steps)
        finally:
            self._env = None

    def _play(self, playback: Playback, env: SteppedEnv, metrics: Metrics, num_steps: int | None) -> None:
        statistics = env.on_step = _EpisodeStatistics(env, metrics)
        step_dt = env.unwrapped.step_dt
        due = time.perf_counter()
        while num_steps is None or env.step_count < num_steps:
            wanted = self._what_to_load()
            if wanted is not None and self._load(playback, wanted):
                statistics.start_over()
            playback.step()
            if self._step_until is not None and env.step_count >= self._step_until:
                self._step_until, self._stepped = None, True
                next_frame()
            if self.speed > 0:
                # a machine that cannot keep up plays slower, and does not try to catch up
                due = max(due + step_dt / self.speed, time.perf_counter() - step_dt)
                sleep_until(due)
            else:
                due = time.perf_counter()

    def _what_to_load(self) -> Path | None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None or self.following is None or time.perf_counter() < self._look_again:
            return wanted
        self._look_again = time.perf_counter() + FOLLOW_INTERVAL
        try:
            # a checkpoint is renamed into the folder, which changes with it
            changed = self.following.stat().st_mtime_ns
            if changed == self._looked_at:
                return None
            self._looked_at = changed
            listed = [one for one in checkpoints(self.following) if one.kind is not CheckpointKind.BEST]
        except (OSError, UserError) as error:
            self.problem = f"{self.following} can no longer be followed: {error}"
            self.following = None
            return None
        newest = max(listed, key=lambda one: one.modified, default=None)
        return None if newest is None or newest == self._followed else self._follow_to(newest)

    def _follow_to(self, newest: Checkpoint) -> Path | None:
        already_plays = self._followed is None and newest.path == self.checkpoint
        self._followed = newest
        return None if already_plays else newest.path

    def _load(self, playback: Playback, wanted: Path) -> bool:
        try:
            job, told = self._choose(wanted)
            playback.load(job)
        except UserError as error:
            self.problem, self._refused = str(error), wanted
            self.untrusted = error.digest if isinstance(error, NeedsTrustError) else ""
            return False
        self.checkpoint, self.told = job.checkpoint, told
        return True


class _EpisodeStatistics:
    """Mean return and length of the last finished episodes, filed in the metrics as they end."""

    def __init__(self, env: SteppedEnv, metrics: Metrics) -> None:
        import torch

        device = env.unwrapped.device
        self._env = env
        self._metrics = metrics
        self._returns = torch.zeros(env.num_envs, device=device)
        self._lengths = torch.zeros(env.num_envs, device=device)
        self._finished: deque[tuple[float, float]] = deque(maxlen=EPISODES_KEPT)

    def start_over(self) -> None:
        """Forgets the finished episodes: they were those of another policy."""
        self._finished.clear()

    def __call__(self, rewards: Any, dones: Any) -> None:
        """Called after each step with tensors of shape (num_envs,)."""
        self._returns += rewards
        self._lengths += 1
        ended = dones.nonzero().flatten()
        if len(ended) == 0:
            return
        self._finished.extend(zip(self._returns[ended].tolist(), self._lengths[ended].tolist(), strict=True))
        self._returns[ended] = 0.0
        self._lengths[ended] = 0.0
        returns, lengths = zip(*self._finished, strict=True)
        step = self._env.step_count
        self._metrics.add(MEAN_REWARD, sum(returns) / len(returns), step)
        self._metrics.add(MEAN_EPISODE_LENGTH, sum(lengths) / len(lengths), step)
