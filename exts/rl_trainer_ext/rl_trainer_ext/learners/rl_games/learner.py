# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL-Games, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_rl_games`` and ``play_rl_games``, so that
the same arguments give the same weights.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import gymnasium
import torch
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed
from isaaclab_rl.rl_games import RlGamesVecEnvWrapper

from ...errors import UserError
from ...run_config import RunConfig
from ..base import Job, Learner, Playback, Purpose, Training, is_overridden, mismatch_as_user_error
from ..policy_files import PolicyNetwork
from ..task_spaces import configured_spaces
from .agent import process_settings
from .checkpoints import KEY, check_content, check_sizes, check_tensors, read
from .format import LIBRARY
from .mini_batches import check_batches
from .options import check_compiler
from .policy import policy_network
from .state import ResumableAgent, runner_of


class RlGamesLearner(Learner):
    """RL-Games: PPO on tensors that never leave the device."""

    format = LIBRARY

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        params = agent_cfg["params"]
        if config.seed is not None:
            params["seed"] = resolve_seed(config.seed)
        if config.max_iterations is not None:
            params["config"]["max_epochs"] = config.max_iterations
        # the configurations name a GPU of their own, whatever the simulation runs on
        for name in ("device", "device_name"):
            if not is_overridden(config, f"agent.params.config.{name}"):
                params["config"][name] = config.device or env_cfg.sim.device
        env_cfg.seed = params["seed"]
        return agent_cfg

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        check_batches(env_cfg.scene.num_envs, agent_cfg["params"])
        check_compiler(agent_cfg["params"]["config"])

    def training_scope(self) -> AbstractContextManager[None]:
        return process_settings()

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        return agent_cfg["params"]["config"]["name"]

    def run_name(self, agent_cfg: Any) -> str:
        return ""

    def takes_teachers(self, agent_cfg: Any) -> bool:
        return False

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        saved = read(path)
        if purpose.other_task and not purpose.fine_tune:
            raise UserError(f"{path} was trained on {purpose.other_task}, not on {purpose.task}: choose that task.")
        known = None if purpose.env_cfg is None else configured_spaces(purpose.task, purpose.env_cfg, None)
        if known is not None and not purpose.agent_cfg["params"].get("env", {}).get("obs_groups"):
            sizes = {
                what: space.shape
                for what, space in (("observations", known.observation_space), ("actions", known.action_space))
                if isinstance(space, gymnasium.spaces.Box)
            }
            check_sizes(path, saved["model"], sizes, purpose.task)
        with mismatch_as_user_error(path, purpose.task):
            check_content(path, saved, purpose)

    def stage(self, checkpoint: Path, agent_cfg: Any) -> Any:
        kept = read(checkpoint).get(KEY)
        return None if kept is None else kept.get("environment")

    def start_training(self, job: Job) -> Training:
        return RlGamesTraining(job)

    def start_playback(self, job: Job) -> Playback:
        return RlGamesPlayback(job)


def create_learner() -> Learner:
    """Returns the learner of RL-Games."""
    return RlGamesLearner()


class RlGamesTraining(ResumableAgent, Training):
    """One training with RL-Games in an environment of Isaac Lab."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint_writer is not None
        agent_cfg = copy.deepcopy(job.agent_cfg)
        config = agent_cfg["params"]["config"]
        config["train_dir"], config["full_experiment_name"] = str(job.run_dir.parent), job.run_dir.name
        dump_train_configs(str(job.run_dir), job.env_cfg, agent_cfg)
        env = RlGamesVecEnvWrapper.from_agent_cfg(job.env, agent_cfg)
        config["num_actors"] = env.unwrapped.num_envs
        super().__init__(agent_cfg, env, job.env.unwrapped, job.checkpoint_writer, job.metrics)
        if job.checkpoint is not None and job.config.fine_tune:
            with mismatch_as_user_error(job.checkpoint, job.config.task):
                self.fine_tune(job.checkpoint, job.config.task)
        elif job.checkpoint is not None:
            asked_for = is_overridden(job.config, "agent.params.config.learning_rate")
            with mismatch_as_user_error(job.checkpoint, job.config.task):
                self.resume(job.checkpoint, job.config.task, keep_learning_rate=not asked_for)


class RlGamesPlayback(Playback):
    """A policy of RL-Games."""

    def __init__(self, job: Job) -> None:
        self._wrapped: dict[str, Any] = _wrapper_settings(job.agent_cfg)
        self._env = RlGamesVecEnvWrapper.from_agent_cfg(job.env, job.agent_cfg)
        self._player: Any = None
        self.load(job)

    def load(self, job: Job) -> None:
        checkpoint, agent_cfg = job.checkpoint, copy.deepcopy(job.agent_cfg)
        assert checkpoint is not None
        wanted = _wrapper_settings(agent_cfg)
        if wanted != self._wrapped:
            raise UserError(
                f"{checkpoint} was trained with agent.params.env {wanted} (now: {self._wrapped}) and needs another "
                "environment: stop the playback, and play it then."
            )
        agent_cfg["params"]["config"]["num_actors"] = self._env.unwrapped.num_envs
        saved = read(checkpoint)
        with mismatch_as_user_error(checkpoint, job.config.task), process_settings():
            player = runner_of(agent_cfg, self._env).create_player()
            check_tensors(checkpoint, saved["model"], player.model.state_dict(), job.config.task)
            player.set_weights({"model": saved["model"]})
        if self._player is None:
            self._observations = self._env.reset()["obs"]
        player.get_batch_size(self._observations, 1)
        player.reset()
        self._player, self._agent_cfg = player, agent_cfg

    def export(self, folder: Path) -> str:
        """Writes nothing: Isaac Lab's playback writes no policy with this library."""
        return ""

    def step(self) -> None:
        player = self._player
        self._actions = player.get_action(player.obs_to_torch(self._observations), is_deterministic=True)
        observed, _, self._dones, _ = self._env.step(self._actions)
        self._observations = observed["obs"]
        # the memory of a recurrent policy ends with its episode
        if player.is_rnn:
            for state in player.states:
                state[:, self._dones.bool(), :] = 0.0

    def network(self, agent: str = "") -> PolicyNetwork:
        return policy_network(self._player, self._agent_cfg)

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        return [self._observations]

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        return self._actions, self._dones


def _wrapper_settings(agent_cfg: Any) -> dict[str, Any]:
    return dict(agent_cfg["params"].get("env") or {})
