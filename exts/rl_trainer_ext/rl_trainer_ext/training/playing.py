# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The loop of a playback: keeps its speed, and swaps the policy when the user chooses another checkpoint."""

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
from ..runs.checkpoints import last_change, list_checkpoints
from ..runs.model import Checkpoint, CheckpointKind
from .checkpoint_choice import CheckpointChoice
from .driving import Driving
from .episodes import OpenEpisodes

EPISODES_KEPT = 100
"""Finished episodes over which a playback averages, as many as the libraries average over in training."""

FOLLOW_INTERVAL = 1.0
"""Seconds between two checks for a new checkpoint of the followed run."""


class Playing:
    """Plays a policy; carries out the user's commands between two steps.

    Args:
        speed: Multiple of real time; 0 plays as fast as the machine can.
    """

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.checkpoint: Path | None = None
        """The checkpoint that plays; None before the first."""
        self.following: Path | None = None
        """The run whose newest checkpoint is played."""
        self.notice: str | None = None
        """Notice about the checkpoint that was chosen during the playback; None before one was."""
        self.problem = ""
        """Why the last chosen checkpoint does not play, in one sentence. The trainer clears it after showing it."""
        self.driving = Driving()
        """What the user commands, pushes and resets."""
        self.untrusted = ""
        """Digest of the file content that needs the user's trust, if that is the problem."""
        self._refused: Path | None = None
        self._wanted: Path | None = None
        self._env: SteppedEnv | None = None
        self._step_until: int | None = None
        self._stepped = False
        self._next_check = 0.0
        self._folder_time = 0
        self._followed: Checkpoint | None = None
        self._library = ""

    def swap(self, checkpoint: Path) -> None:
        """Plays another checkpoint from the next step on. Ends :meth:`follow`."""
        self.following, self._wanted = None, checkpoint

    def follow(self, run_dir: Path | None) -> None:
        """Plays the newest checkpoint of a run, and each that appears after it; None ends that."""
        self.following, self._followed = run_dir, None
        self._next_check, self._folder_time = 0.0, 0

    def retry(self) -> None:
        """Retries the last checkpoint that was refused."""
        self._wanted = self._refused

    def step(self) -> None:
        """Plays one more environment step; :meth:`stepped` then returns True once."""
        if self._env is not None:
            self._step_until = self._env.step_count + 1

    def stepped(self) -> bool:
        """Returns whether a :meth:`step` has been done since the last call."""
        stepped, self._stepped = self._stepped, False
        return stepped

    def run(self, playback: Playback, job: Job, choice: CheckpointChoice) -> None:
        """Plays to the end, which is after ``job.config.num_steps`` vectorised steps or never.

        Blocks; to be called inside a cooperative task. Logs mean return and length of the finished episodes in the
        metrics of the job.

        Args:
            playback: The library's playback.
            job: What the playback was started with.
            choice: Prepares the checkpoints that the user chooses meanwhile.
        """
        self.checkpoint, self._env, self._library = job.checkpoint, job.env, job.config.library
        try:
            self._play(playback, job, choice)
        finally:
            self._env = None

    def _play(self, playback: Playback, job: Job, choice: CheckpointChoice) -> None:
        statistics = job.env.on_step = EpisodeStatistics(job.env, job.metrics)
        self.driving.on_reset = statistics.leave_out

        def load_and_step() -> bool:
            wanted = self._what_to_load()
            if wanted is not None and self._load(playback, job, choice, wanted):
                statistics.clear()
            playback.step()
            return True

        self._keep_pace(job.env, job.config.num_steps, load_and_step)

    def _keep_pace(self, env: SteppedEnv, num_steps: int | None, step: Callable[[], bool]) -> None:
        """Calls ``step`` at the speed of the playback, for a number of steps or until it returns False."""
        step_dt = env.unwrapped.step_dt
        due = time.perf_counter()
        while (num_steps is None or env.step_count < num_steps) and step():
            if self._step_until is not None and env.step_count >= self._step_until:
                self._step_until, self._stepped = None, True
                next_frame()
            if self.speed > 0:
                # a machine that is too slow plays slower, and does not catch up later
                due = max(due + step_dt / self.speed, time.perf_counter() - step_dt)
                sleep_until(due)
            else:
                due = time.perf_counter()

    def _what_to_load(self) -> Path | None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None or self.following is None or time.perf_counter() < self._next_check:
            return wanted
        self._next_check = time.perf_counter() + FOLLOW_INTERVAL
        try:
            # a new checkpoint is renamed into the folder, which changes its time
            changed = last_change(self.following, self._library)
            if changed == self._folder_time:
                return None
            self._folder_time = changed
            listed = [one for one in list_checkpoints(self.following) if one.kind is not CheckpointKind.BEST]
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

    def _load(self, playback: Playback, job: Job, choice: CheckpointChoice, wanted: Path) -> bool:
        try:
            job, notice = choice.prepare(wanted, job)
            playback.load(job)
        except UserError as error:
            self.problem, self._refused = str(error), wanted
            self.untrusted = error.digest if isinstance(error, NeedsTrustError) else ""
            return False
        self.checkpoint, self.notice = job.checkpoint, notice
        return True


class EpisodeStatistics:
    """Logs mean return and length of the last finished episodes."""

    def __init__(self, env: SteppedEnv, metrics: Metrics) -> None:
        self._env = env
        self._metrics = metrics
        self._open = OpenEpisodes(env)
        self._finished: deque[tuple[float, int]] = deque(maxlen=EPISODES_KEPT)
        self._left_out: list[Any] = []

    def leave_out(self, ids: Any) -> None:
        """Does not count the episodes of these environments that the next step ends: the user resets them."""
        self._left_out.append(ids)

    def clear(self) -> None:
        """Forgets the finished episodes, which were those of another policy."""
        self._finished.clear()

    def __call__(self, rewards: Any, dones: Any) -> None:
        """Called after each step with tensors of shape (num_envs,)."""
        self._open.add(rewards)
        while self._left_out:
            ids = self._left_out.pop()
            self._open.restart(ids)
            dones = dones.index_fill(0, ids, False)
        ended = dones.nonzero().flatten()
        if len(ended) == 0:
            return
        self._finished.extend(self._open.end(ended))
        returns, lengths = zip(*self._finished, strict=True)
        step = self._env.step_count
        self._metrics.add(MEAN_REWARD, sum(returns) / len(returns), step)
        self._metrics.add(MEAN_EPISODE_LENGTH, sum(lengths) / len(lengths), step)
