# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Saves and resumes trainings with RL-Games, with the state that the library's checkpoints leave out.

A checkpoint is the library's own. Under a key that the library and Isaac Lab's commands ignore, it also holds what
resuming needs: counters, random generators, the adaptive learning rate, and the means over the latest episodes. This
module needs nothing of Isaac Lab.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rl_games.common.algo_observer import IsaacAlgoObserver
from rl_games.torch_runner import Runner

from ...metrics import Metrics
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..divergence import located
from ..early_end import may_end_early
from ..kept_format import FORMAT
from ..random_state import random_state, set_random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import all_finite, copied_if_finite
from .agent import CallbackAgent
from .checkpoints import CENTRAL_VALUE, KEY, check_tensors, read
from .format import FOLDER, LIBRARY
from .watch import AgentWatch

_METERS = ("game_rewards", "game_shaped_rewards", "game_lengths")
"""The agent's means over the latest episodes."""

_CENTRAL = ("epoch_num", "frame")
"""What the checkpoints leave out of a central value function."""


class ResumableAgent:
    """A training with RL-Games whose checkpoints can be resumed as if it had never ended: see :class:`..base.Training`.

    Args:
        agent_cfg: The agent's configuration, with the folder of the run.
        env: The environment, for RL-Games.
        environment: The task's innermost environment.
        checkpoint_writer: Writes the checkpoints.
        metrics: Gets the scalars.
    """

    def __init__(
        self,
        agent_cfg: dict[str, Any],
        env: Any,
        environment: Any,
        checkpoint_writer: CheckpointWriter,
        metrics: Metrics,
    ) -> None:
        self.checkpoint_writer = checkpoint_writer
        self._config = agent_cfg["params"]["config"]
        self._seed = agent_cfg["params"]["seed"]
        checkpoint_writer.best_stem = f"{FOLDER}/{self._config['name']}"
        self._runner = runner_of(agent_cfg, env)
        self._factory = self._runner.algo_factory
        hold_and_retry = checkpoint_writer.hold_and_retry
        self._factory.register_builder(
            self._runner.algo_name, lambda **arguments: CallbackAgent(self, metrics, hold_and_retry, **arguments)
        )
        self.agent: CallbackAgent = self._factory.create(
            self._runner.algo_name, base_name="run", params=self._runner.params
        )
        self.start = Progress()
        self.iteration = 0
        self.total_iterations = self._length()
        self._random: dict[str, Any] | None = None
        self._finished = False
        self._saved: tuple[int, Path] | None = None
        """Iteration and path of the latest checkpoint."""
        self._best_mean_reward: float | None = None
        """Mean return of the present model if RL-Games calls it the best so far."""
        self._watch = AgentWatch(self.agent, environment)
        self._watch.iteration = 1
        self._before_update: tuple[Progress, dict[str, Any]] | None = None
        """Progress and weights before the latest update, if anything was learned until then."""

    def resume(self, checkpoint: Path, task: str, keep_learning_rate: bool = True) -> None:
        """Loads a checkpoint. Raises as :func:`resume`."""
        resumed = resume(self.agent, checkpoint, task, self._seed, keep_learning_rate)
        self.start, self._random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration = self.start.iterations
        self._watch.iteration = self.iteration + 1
        # the configured length is that of this run, as with the other libraries
        if self.agent.max_epochs > 0:
            self.agent.max_epochs += self.start.iterations
            _follow_schedules(self.agent)
        if self.agent.max_frames > 0:
            self.agent.max_frames += self.agent.frame
        self.total_iterations = self.start.iterations + self._length()

    def fine_tune(self, checkpoint: Path, task: str) -> None:
        """Loads the weights of a checkpoint. Raises as :func:`load_weights`."""
        load_weights(self.agent, checkpoint, task)

    def learn(self) -> None:
        """Calls the runner's ``run()``.

        Raises:
            Diverged: When an observation, a reward, a loss or a weight is no longer finite.
        """
        # the runner compiles the agent's networks; the agent is the one that may have been resumed
        self._factory.register_builder(self._runner.algo_name, lambda **_: self.agent)
        with located(self._watch.found), may_end_early():
            self._runner.run({"train": True, "play": False, "sigma": None})
            self.on_iteration_finished()
        diverged = self._watch.weights_fault()
        if diverged is not None:
            raise diverged
        self._finished = True

    def save(self) -> Path | None:
        """See :meth:`..base.Training.save`."""
        path = self._path(self.iteration)
        if self._finished and self._saved is not None and self._saved[0] == self.iteration:
            path = self._saved[1]  # the agent has just saved it, before a best one of the same iteration was noted
        if self._save(path):
            return path
        if self._before_update is None:
            return None
        progress, weights = self._before_update
        path = self._path(progress.iterations)
        files = _files(self.agent, self._seed, progress, weights, self.checkpoint_writer.stage())
        self.checkpoint_writer.save(_stem(path), files)
        return path

    def save_checkpoint(self) -> Path | None:
        """See :meth:`..base.Training.save_checkpoint`."""
        path = self._path(self.iteration)
        return path if self._save(path) else None

    def close(self) -> None:
        """See :meth:`..base.Training.close`."""
        self.agent.writer.close()

    def on_learning_started(self) -> None:
        """Restores the random generators, and the best mean so far: ``train()`` has reset the environment and it."""
        if self.checkpoint_writer.best is not None:
            self.agent.last_mean_rewards = self.checkpoint_writer.best.mean_reward
        if self._random is not None:
            set_random_state(self._random)

    def on_rollout_finished(self) -> None:
        """Checks the rollout and the weights that collected it, and copies these weights.

        Raises:
            Diverged: When one of the numbers is not finite.
        """
        weights = copied_if_finite(self.agent.get_full_state_weights(), self._watch.finite)
        if weights is None:
            raise self._watch.found() or ArithmeticError("A number is not finite.")
        if self.iteration > self.start.iterations:  # until then nothing is learned
            self._before_update = (self.checkpoint_writer.progress(), weights)
        self._watch.updating = True

    def on_update_finished(self) -> None:
        """Counts the iteration."""
        self.iteration = self.agent.epoch_num

    def on_iteration_finished(self) -> None:
        """Writes the scalars out, checks the losses, and writes the model if RL-Games calls it the best so far.

        Raises:
            Diverged: When a loss is not finite.
        """
        writer = self.agent.writer
        writer.flush()
        diverged = self._watch.losses_fault(writer.losses)
        self._watch.iteration, self._watch.updating = self.iteration + 1, False
        if diverged is not None:
            raise diverged
        best_mean_reward, self._best_mean_reward = self._best_mean_reward, None
        self.checkpoint_writer.iteration_finished(
            self.iteration,
            best_mean_reward,
            settled=True,  # RL-Games has the best of its own choice
            capture=self._capture,
        )
        self.checkpoint_writer.between_iterations()

    def on_save(self, path: Path) -> None:
        """Writes a checkpoint, so that it is complete as soon as its file exists. A best one is written later."""
        if path.name == self._config["name"]:
            self._best_mean_reward = self.agent.mean_return
        else:
            self._save(path.with_name(f"{path.name}.pth"))

    def _length(self) -> int:
        """Iterations of this run, unless a mean return ends it earlier."""
        lengths = [self._config.get("max_epochs", -1)]
        frames = self._config.get("max_frames", -1)
        if frames > 0:
            lengths.append(math.ceil(frames / self.agent.batch_size_envs))
        return min(length for length in lengths if length > 0)

    def _path(self, iteration: int) -> Path:
        """The checkpoint after a number of finished iterations, as RL-Games names it."""
        name = f"last_{self._config['name']}_ep_{iteration}_rew_{self.agent.checkpoint_reward}.pth"
        return self.checkpoint_writer.run_dir / FOLDER / name

    def _capture(self) -> CheckpointFiles | None:
        writer = self.checkpoint_writer
        return capture(self.agent, self._seed, writer.progress(), writer.stage())

    def _save(self, path: Path) -> bool:
        """Writes a checkpoint. Returns False, and writes nothing, when a weight is not finite."""
        files = self._capture()
        if files is not None:
            self.checkpoint_writer.save(_stem(path), files)
            if re.fullmatch(LIBRARY.latest_pattern, path.name):  # not that of a mean return that was asked for
                self._saved = self.iteration, path
        return files is not None


def runner_of(agent_cfg: dict[str, Any], env: Any) -> Runner:
    """Returns RL-Games' runner for a configuration and an environment, and seeds the random generators.

    The environment is given to this runner alone: RL-Games' registry would keep it in memory after the run.

    Args:
        agent_cfg: The agent's configuration, which is copied.
        env: The environment, for RL-Games.
    """
    runner = Runner(IsaacAlgoObserver())
    runner.load(agent_cfg)
    runner.params["config"] |= {"env_info": env.get_env_info(), "vec_env": env}
    return runner


def capture(
    agent: CallbackAgent, seed: int, progress: Progress, stage: Mapping[str, Any] | None = None
) -> CheckpointFiles | None:
    """Returns the files of a checkpoint that resumes the training from now; None if a weight is not finite.

    Args:
        agent: RL-Games'.
        seed: That of the run.
        progress: How far it has come.
        stage: The stage of the environment's curricula; see :attr:`..checkpoint_writer.CheckpointWriter.stage`.
    """
    weights = copied_if_finite(agent.get_full_state_weights())
    return None if weights is None else _files(agent, seed, progress, weights, stage)


def _files(
    agent: CallbackAgent, seed: int, progress: Progress, weights: dict[str, Any], stage: Mapping[str, Any] | None
) -> CheckpointFiles:
    """Returns the files of a checkpoint of these weights; everything else is copied from the agent now."""
    kept = {
        "version": FORMAT,
        **asdict(progress),
        "seed": seed,
        "random": random_state(),
        "environment": stage,
        "learning_rate": agent.last_lr,
        "entropy_coef": agent.entropy_coef,
        "episodes": {name: _meter(getattr(agent, name)) for name in _METERS},
        "central": {name: getattr(agent.central_value_net, name) for name in _CENTRAL}
        if agent.has_central_value
        else {},
    }
    saved = {**weights, "epoch": progress.iterations, KEY: kept}
    return lambda stem: {f"{stem}.pth": _serialized(saved)}


def _meter(meter: Any) -> dict[str, Any]:
    """Returns a mean over episodes; one that is not finite would stay in all later ones, and is left out."""
    if not all_finite([meter.mean]):
        return {"mean": torch.zeros_like(meter.mean), "size": 0}
    return {"mean": meter.mean.clone(), "size": int(meter.current_size)}


def resume(agent: CallbackAgent, checkpoint: Path, task: str, seed: int, keep_learning_rate: bool = True) -> Resumed:
    """Loads networks, optimizers, statistics and counters of a checkpoint.

    Every hyper-parameter stays that of ``agent``, also those that the library keeps with the optimizer's state. An
    adaptive learning rate is state.

    Args:
        agent: RL-Games'.
        checkpoint: The file.
        task: The task's name, for a sentence.
        seed: That of this run.
        keep_learning_rate: Whether an adaptive learning rate is that of the checkpoint.

    Raises:
        UserError: When its weights are not those of the networks.
        RuntimeError, KeyError, ValueError: When something else of it does not fit.
    """
    saved = _read_fitting(agent, checkpoint, task)
    kept = saved.get(KEY)
    optimizers = [agent.optimizer] + ([agent.central_value_net.optimizer] if agent.has_central_value else [])
    configured = [[_settings(group) for group in optimizer.param_groups] for optimizer in optimizers]
    agent.set_full_state_weights(saved)
    adapted = float(kept["learning_rate"] if kept is not None else agent.optimizer.param_groups[0]["lr"])
    for optimizer, settings in zip(optimizers, configured, strict=True):
        for group, setting in zip(optimizer.param_groups, settings, strict=True):
            group.update(setting)
    if agent.is_adaptive_lr and keep_learning_rate:
        agent.last_lr = adapted
        agent.update_lr(adapted)
    if kept is None:  # saved by ``isaaclab train``
        return Resumed(int(saved["epoch"]), int(saved.get("frame", 0)))
    if getattr(agent.scheduler, "apply_to_entropy", False):
        agent.entropy_coef = kept["entropy_coef"]
    _restore_meters(agent, kept["episodes"])
    for name, value in kept["central"].items():
        setattr(agent.central_value_net, name, value)
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if kept["seed"] == seed else None)


def load_weights(agent: CallbackAgent, checkpoint: Path, task: str) -> None:
    """Loads networks and statistics of a checkpoint into a new agent, and nothing else. Raises as :func:`resume`."""
    saved = _read_fitting(agent, checkpoint, task)
    agent.model.load_state_dict(saved["model"])
    if agent.has_central_value:
        agent.set_central_value_function_weights(saved)


def _read_fitting(agent: CallbackAgent, checkpoint: Path, task: str) -> dict[str, Any]:
    """Reads a checkpoint whose weights are those of the agent's networks. Raises as :func:`resume`."""
    saved = read(checkpoint)
    check_tensors(checkpoint, saved["model"], agent.model.state_dict(), task)
    if agent.has_central_value:
        check_tensors(checkpoint, saved[CENTRAL_VALUE], agent.central_value_net.state_dict(), task)
    return saved


def _settings(group: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "params"}


def _restore_meters(agent: CallbackAgent, episodes: Mapping[str, Mapping[str, Any]]) -> None:
    for name, kept in episodes.items():
        meter = getattr(agent, name)
        meter.mean, meter.current_size = kept["mean"].to(meter.mean.device), kept["size"]


def _follow_schedules(agent: CallbackAgent) -> None:
    """Sets the learning rates that fall over the length of the training to those of its present epoch."""
    if agent.linear_lr:
        agent.scheduler.max_steps = agent.max_epochs
        agent.last_lr, agent.entropy_coef = agent.scheduler.update(
            agent.last_lr, agent.entropy_coef, agent.epoch_num, 0, 0.0
        )
        agent.update_lr(agent.last_lr)
    if agent.has_central_value and agent.central_value_net.linear_lr:
        critic = agent.central_value_net
        critic.scheduler.max_steps = agent.max_epochs
        critic.lr, _ = critic.scheduler.update(critic.lr, 0.0, critic.epoch_num, 0, 0.0)
        critic.update_lr(critic.lr)


def _stem(path: Path) -> str:
    return f"{FOLDER}/{path.name.removesuffix('.pth')}"


def _serialized(saved: dict[str, Any]) -> bytes:
    # in memory first: torch's own writer does not say that a disk is full
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    return buffer.getvalue()
