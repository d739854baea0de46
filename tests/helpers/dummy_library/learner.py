# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Dummy: a linear policy whose weights change at random."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from isaaclab_rl.entrypoints.common import dump_train_configs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.learners.base import Job, Learner, Playback, Purpose, Training
from rl_trainer_ext.learners.policy_files import PolicyNetwork
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.metrics import canonical_tag
from rl_trainer_ext.run_config import RunConfig
from torch.utils.tensorboard import SummaryWriter

from .format import LIBRARY


class DummyLearner(Learner):
    """Dummy's learner."""

    format = LIBRARY

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        if config.seed is not None:
            agent_cfg["seed"] = config.seed
        if config.max_iterations is not None:
            agent_cfg["trainer"]["iterations"] = config.max_iterations
        env_cfg.seed = agent_cfg["seed"]
        return agent_cfg

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        pass

    def training_scope(self) -> AbstractContextManager[None]:
        return nullcontext()

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        return "cartpole"

    def run_name(self, agent_cfg: Any) -> str:
        return ""

    def takes_teachers(self, agent_cfg: Any) -> bool:
        return False

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        try:
            _load(path)
        except Exception as error:
            raise UserError(f"{path} is not a checkpoint of Dummy: choose a weights_<N>.pt.") from error

    def start_training(self, job: Job) -> Training:
        return DummyTraining(job)

    def start_playback(self, job: Job) -> Playback:
        return DummyPlayback(job)


def create_learner() -> Learner:
    """Returns the learner of Dummy."""
    return DummyLearner()


class DummyTraining(Training):
    """One training."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint_writer is not None
        self._job, self._checkpoint_writer = job, job.checkpoint_writer
        self.start, self._weights = Progress(), None
        if job.checkpoint is not None:
            saved = _load(job.checkpoint)
            self.start, self._weights = Progress(saved["iterations"], saved["steps"], 0.0), saved["weights"]
        self.iteration = self.start.iterations
        self.total_iterations = self.iteration + job.agent_cfg["trainer"]["iterations"]
        dump_train_configs(str(job.run_dir), job.env_cfg, job.agent_cfg)
        self._writer = SummaryWriter(str(job.run_dir))

    def learn(self) -> None:
        env, cfg = self._job.env, self._job.agent_cfg
        observations, _ = env.reset()
        if self._weights is None:
            self._weights = torch.zeros(observations["policy"].shape[1])
        while self.iteration < self.total_iterations:
            self.iteration += 1
            self._weights = self._weights + cfg["spread"] * torch.randn_like(self._weights)
            total = 0.0
            for _ in range(cfg["trainer"]["rollout"]):
                observations, rewards, _, _, _ = env.step(act(self._weights, observations))
                total += float(rewards.mean())
            for tag, value in ((LIBRARY.mean_reward_tag, total), (LIBRARY.mean_length_tag, cfg["trainer"]["rollout"])):
                self._writer.add_scalar(tag, value, self.iteration - 1)
                self._job.metrics.add(canonical_tag(tag), value, self.iteration - 1)

    def save(self) -> Path | None:
        progress, buffer = self._checkpoint_writer.progress(), io.BytesIO()
        torch.save({"iterations": self.iteration, "steps": progress.steps, "weights": self._weights}, buffer)
        stem = f"weights_{self.iteration - 1}"
        self._checkpoint_writer.save(stem, lambda stem: {f"{stem}.pt": buffer.getvalue()})
        return self._checkpoint_writer.run_dir / f"{stem}.pt"

    def save_checkpoint(self) -> Path | None:
        return self.save()

    def close(self) -> None:
        self._writer.close()


class DummyPlayback(Playback):
    """A policy that acts."""

    def __init__(self, job: Job) -> None:
        self._env = job.env
        self.load(job)
        self._observations, _ = job.env.reset()

    def load(self, job: Job) -> None:
        assert job.checkpoint is not None
        self._weights = _load(job.checkpoint)["weights"]

    def export(self, folder: Path) -> str:
        return ""

    def step(self) -> None:
        self._actions = act(self._weights, self._observations)
        self._observations, _, terminated, truncated, _ = self._env.step(self._actions)
        self._ended = terminated | truncated

    def network(self, agent: str = "") -> PolicyNetwork:
        raise UserError("A policy of Dummy cannot be exported: play it here.")

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        return [self._observations["policy"]]

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        return self._actions, self._ended


def act(weights: torch.Tensor, observations: dict[str, torch.Tensor]) -> torch.Tensor:
    """Returns actions of shape (num_envs, 1)."""
    return (observations["policy"] @ weights).unsqueeze(1)


def _load(checkpoint: Path) -> dict[str, Any]:
    return torch.load(checkpoint, weights_only=True)
