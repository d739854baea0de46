# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Saves and resumes trainings with RSL-RL, with the state that the library's checkpoints leave out.

A checkpoint is the library's own. Under ``infos``, which the library passes through and Isaac Lab's commands ignore, it
also holds what resuming needs: counters, random generators, and the window of episodes over which the mean reward is
taken. This module needs nothing of Isaac Lab.
"""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rsl_rl.env import VecEnv

from ...metrics import MEAN_REWARD, Metrics
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..divergence import located
from ..early_end import may_end_early
from ..kept_format import FORMAT
from ..random_state import random_state, set_random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import copied_if_finite
from ..untrusted import read_tensors, tensors_only
from .checkpoints import INFOS_KEY, acting_network, check_tensors
from .format import LIBRARY
from .runner import CallbackRunner, runner_class
from .watch import RunnerWatch


class ResumableRunner:
    """A training with RSL-RL whose checkpoints can be resumed as if it had never ended.

    Args:
        env: The environment, for RSL-RL.
        train_cfg: The runner's configuration, as a dictionary.
        checkpoint_writer: Writes the checkpoints; its folder is also that of the events.
        metrics: Gets the scalars.
        whole_episodes: Returns whether every environment has had time for an episode from its beginning to its end.
    """

    def __init__(
        self,
        env: VecEnv,
        train_cfg: dict[str, Any],
        checkpoint_writer: CheckpointWriter,
        metrics: Metrics,
        whole_episodes: Callable[[], bool],
    ) -> None:
        self.checkpoint_writer, self._metrics, self._whole_episodes = checkpoint_writer, metrics, whole_episodes
        self.runner = runner_class(train_cfg.get("class_name", "OnPolicyRunner"))(
            env,
            train_cfg,
            log_dir=str(checkpoint_writer.run_dir),
            device=train_cfg.get("device", "cpu"),
            training=self,
            metrics=metrics,
            hold_and_retry=checkpoint_writer.hold_and_retry,
        )
        self.start = Progress()
        self.iteration = 0
        self._random: dict[str, Any] | None = None
        self._finished = False
        self._watch = RunnerWatch(self.runner)
        self._before_update: tuple[Progress, dict[str, Any]] | None = None
        """Progress and weights before the latest update, if anything was learned until then."""

    def resume(self, checkpoint: Path, task: str) -> None:
        """Loads a checkpoint. Raises as :func:`resume`."""
        resumed = resume(self.runner, checkpoint, task)
        self.start, self._random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration = self._watch.iteration = self.start.iterations
        logger = self.runner.logger
        logger.tot_timesteps = self.start.steps
        logger.tot_time = logger.tot_time or self.start.seconds
        logger.has_earlier_time = self.start.seconds > 0

    def fine_tune(self, checkpoint: Path, task: str) -> None:
        """Loads the weights of a checkpoint. Raises as :func:`load_weights`."""
        load_weights(self.runner, checkpoint, task)

    def learn_more(self, iterations: int, init_at_random_ep_len: bool) -> None:
        """Calls the runner's ``learn()``.

        Raises:
            Diverged: When an observation, a reward, a loss or a weight is no longer finite.
        """
        with located(self._watch.found), may_end_early():
            self.runner.learn(iterations, init_at_random_ep_len)
        diverged = self._watch.weights_fault()
        if diverged is not None:
            raise diverged
        self._finished = True

    def save(self) -> Path | None:
        """Writes the final checkpoint, or the one before the latest update if a weight is not finite now.

        Returns:
            The checkpoint; None if no finite weights were learned.
        """
        path = self._path(self.iteration)
        if self._finished and path.exists():  # the runner has just saved it
            return path
        if self._save(path):
            return path
        if self._before_update is None:
            return None
        progress, weights = self._before_update
        path = self._path(progress.iterations)
        self.checkpoint_writer.save(path.stem, _files(self.runner, progress, weights, self.checkpoint_writer.stage()))
        return path

    def save_checkpoint(self) -> Path | None:
        """See :meth:`..base.Training.save_checkpoint`."""
        path = self._path(self.iteration)
        return path if self._save(path) else None

    def close(self) -> None:
        """Writes the remaining scalars and closes the log writer."""
        self.runner.logger.close()

    def on_learning_started(self) -> None:
        """Restores the random generators: RSL-RL draws no number between this call and the first action."""
        if self._random is not None:
            set_random_state(self._random)

    def on_rollout_finished(self) -> None:
        """Checks the rollout and the weights that collected it, and copies these weights.

        Raises:
            Diverged: When one of the numbers is not finite.
        """
        # only the weights: all of a checkpoint would take twice as long
        weights = copied_if_finite(self.runner.alg.save(), self._watch.finite)
        if weights is None:
            raise self._watch.found() or ArithmeticError("A number is not finite.")
        if self.iteration > self.start.iterations:  # until then nothing is learned
            self._before_update = (self.checkpoint_writer.progress(), weights)
        self._watch.updating = True

    def on_iteration_finished(self, losses: Mapping[str, float]) -> None:
        """Checks the losses, and writes the model if it is the best so far.

        Raises:
            Diverged: When a loss is not finite.
        """
        self.iteration += 1
        diverged = self._watch.losses_fault(losses)
        self._watch.iteration, self._watch.updating = self.iteration, False
        if diverged is not None:
            raise diverged
        window = self.runner.logger.rewbuffer
        self.checkpoint_writer.iteration_finished(
            self.iteration - 1,
            self._metrics.last(MEAN_REWARD) if window else None,
            settled=len(window) == window.maxlen and self._whole_episodes(),
            capture=self._capture,
        )
        # a checkpoint that is due now is written as the final one
        self.checkpoint_writer.between_iterations()

    def on_save(self, path: Path) -> None:
        """Writes a checkpoint, so that it is complete as soon as its file exists."""
        self._save(path)

    def _path(self, iterations: int) -> Path:
        """Returns the path of the checkpoint after a number of finished iterations, as RSL-RL names it."""
        return self.checkpoint_writer.run_dir / f"model_{max(iterations - 1, 0)}.pt"

    def _capture(self) -> CheckpointFiles | None:
        return capture(self.runner, self.checkpoint_writer.progress(), self.checkpoint_writer.stage())

    def _save(self, path: Path) -> bool:
        """Writes a checkpoint. Returns False, and writes nothing, when a weight is not finite."""
        files = self._capture()
        if files is not None:
            self.checkpoint_writer.save(path.stem, files)
            self.runner.logger.save_model(str(path), self.runner.current_learning_iteration)
        return files is not None


def capture(
    runner: CallbackRunner, progress: Progress, stage: Mapping[str, Any] | None = None
) -> CheckpointFiles | None:
    """Returns the files of a checkpoint that resumes the training from now; None if a weight is not finite.

    Args:
        runner: RSL-RL's.
        progress: How far it has come.
        stage: The stage of the environment's curricula; see :attr:`..checkpoint_writer.CheckpointWriter.stage`.
    """
    weights = copied_if_finite(runner.alg.save())
    return None if weights is None else _files(runner, progress, weights, stage)


def _files(
    runner: CallbackRunner, progress: Progress, weights: dict[str, Any], stage: Mapping[str, Any] | None
) -> CheckpointFiles:
    """Returns the files of a checkpoint of these weights; everything else is copied from the runner now."""
    logger = runner.logger
    kept = {
        "version": FORMAT,
        **asdict(progress),
        "logged_seconds": logger.tot_time,
        "rewards": _finite(logger.rewbuffer),
        "lengths": list(logger.lenbuffer),
        **{name: _finite(window) for name, window in _rnd_windows(runner).items()},
        "rnd_updates": getattr(getattr(runner.alg, "rnd", None), "update_counter", None),
        "seed": runner.cfg.get("seed"),
        "random": random_state(),
        "environment": stage,
    }
    iteration = max(progress.iterations - 1, 0)
    return lambda stem: {f"{stem}.pt": _serialized({**weights, "iter": iteration, "infos": {INFOS_KEY: kept}})}


def _finite(window: deque[float]) -> list[float]:
    """Returns the finite numbers of a window of episodes: others would stay in its mean for a long time."""
    return [value for value in window if math.isfinite(value)]


def resume(runner: Any, checkpoint: Path, task: str) -> Resumed:
    """Loads a checkpoint into a runner so that ``learn()`` continues after its iteration, not with it once more.

    The library restores networks, optimizers, observation normalisers and, since 5.5, the learning rate. A distillation
    that takes over a teacher from another training starts at 0.

    Args:
        runner: RSL-RL's.
        checkpoint: The file.
        task: The task's name, for a sentence.

    Raises:
        UserError: When its tensors are not those of the networks.
        RuntimeError, KeyError, ValueError: When something else of it does not fit.
    """
    check_tensors(checkpoint, read_tensors(checkpoint), runner.alg.save(), task, playing=False)
    runner.current_learning_iteration = -1
    # a checkpoint names the GPU that saved it, which this machine may not have
    with tensors_only(checkpoint):
        infos = runner.load(str(checkpoint), map_location=runner.device)
    if runner.current_learning_iteration < 0:
        runner.current_learning_iteration = 0
        return Resumed(0, 0, 0.0)
    kept = infos.get(INFOS_KEY) if isinstance(infos, dict) else None
    if kept is None:  # saved by ``isaaclab train``
        runner.current_learning_iteration += 1
        return Resumed(runner.current_learning_iteration)
    runner.current_learning_iteration = kept["iterations"]
    runner.logger.tot_time = kept["logged_seconds"]
    _restore_windows(runner, kept)
    if kept["rnd_updates"] is not None and getattr(runner.alg, "rnd", None) is not None:
        runner.alg.rnd.update_counter = kept["rnd_updates"]
    same_seed = kept["seed"] == runner.cfg.get("seed")
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def load_weights(runner: Any, checkpoint: Path, task: str) -> None:
    """Loads networks and observation normalisers of a checkpoint into a new runner, and nothing else.

    A distillation takes a teacher from a checkpoint of PPO. A random network distillation begins anew: what counts as
    unknown depends on the task.

    Raises:
        UserError: When its tensors are not those of the networks.
        RuntimeError, KeyError, ValueError: When something else of it does not fit.
    """
    saved, wanted = read_tensors(checkpoint), runner.alg.save()
    check_tensors(checkpoint, saved, wanted, task, playing=False, networks_only=True)
    parts = [name.removesuffix("_state_dict") for name in wanted if name.endswith("_state_dict")]
    if "student" in parts and "student_state_dict" not in saved:
        parts = ["teacher"]
    networks = {part: True for part in parts if part != "rnd" and not part.endswith("optimizer")}
    with tensors_only(checkpoint):
        runner.load(str(checkpoint), networks, map_location=runner.device)


def _rnd_windows(runner: Any) -> dict[str, deque[float]]:
    """Returns the logger's windows of extrinsic and intrinsic rewards; only random network distillation has any."""
    logger = runner.logger
    if getattr(runner.alg, "rnd", None) is None:
        return {}
    return {"extrinsic_rewards": logger.erewbuffer, "intrinsic_rewards": logger.irewbuffer}


def _restore_windows(runner: Any, kept: dict[str, Any]) -> None:
    """Restores the window of episodes over which the logger averages.

    With random network distillation the logger takes the means of all its windows as soon as one holds an episode. A
    checkpoint without the others, such as that of a training without distillation, therefore restores none of them.
    """
    logger, rnd_windows = runner.logger, _rnd_windows(runner)
    if not all(kept.get(name) for name in rnd_windows):
        return
    for name, window in rnd_windows.items():
        window.extend(kept[name])
    logger.rewbuffer.extend(kept["rewards"])
    logger.lenbuffer.extend(kept["lengths"])


def load_policy(runner: Any, checkpoint: Path, task: str) -> None:
    """Loads the acting network of a checkpoint, or leaves the runner's as it was.

    Raises:
        UserError: When its tensors are not those of the network.
    """
    wanted = runner.alg.save()
    # before anything is loaded: torch copies what fits before it complains about what does not
    check_tensors(checkpoint, read_tensors(checkpoint), wanted, task, playing=True)
    acting = acting_network(wanted)
    with tensors_only(checkpoint):
        # a critic or an optimizer that has changed since does not prevent playing
        runner.load(str(checkpoint), {acting: True} if acting else None, map_location=runner.device)


def set_learning_rate(runner: Any, learning_rate: float) -> None:
    """Sets the learning rate of the optimizer, and the starting point of the adaptive schedule."""
    runner.alg.learning_rate = learning_rate
    for group in runner.alg.optimizer.param_groups:
        group["lr"] = learning_rate


def _serialized(saved: dict[str, Any]) -> bytes:
    # in memory first: torch's own writer does not say that a disk is full
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    return buffer.getvalue()
