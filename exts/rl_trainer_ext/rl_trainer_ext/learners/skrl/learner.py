# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""skrl, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_skrl`` and ``play_skrl``, so that the same
arguments give the same weights.
"""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import skrl
import torch
from isaaclab_rl.entrypoints.common import dump_train_configs, preserve_attribute, resolve_seed
from isaaclab_rl.skrl import SkrlVecEnvWrapper

from ...errors import UserError
from ...run_config import RunConfig
from ..base import Job, Learner, Playback, Purpose, Training, is_overridden, mismatch_as_user_error
from ..mini_batches import Batch
from ..policy_files import PolicyNetwork
from ..task_spaces import configured_spaces
from ..untrusted import read_checkpoint, read_tensors
from .agents import build_runner
from .checkpoints import KEPT_KEY, check_content, check_spaces
from .format import LIBRARY
from .options import check_config
from .policy import deterministic, policy_network
from .state import ResumableTraining, in_folder, is_adaptive, load_policy

_FRESH_KEY = type(skrl.config.torch)().key
"""The library's global seed as a new process has it: the environment's wrapper takes it before the runner sets it."""


class SkrlLearner(Learner):
    """skrl: PPO and AMP for one agent, IPPO and MAPPO for several, on tensors that never leave the device."""

    format = LIBRARY

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        if config.max_iterations is not None:
            agent_cfg["trainer"]["timesteps"] = config.max_iterations * agent_cfg["agent"]["rollouts"]
        agent_cfg["trainer"]["close_environment_at_exit"] = False
        if config.seed is not None:
            agent_cfg["seed"] = resolve_seed(config.seed)
        env_cfg.seed = agent_cfg["seed"]
        return agent_cfg

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        agent = agent_cfg["agent"]
        normalized = any(agent.get(f"{what}_preprocessor") for what in ("observation", "state", "value"))
        samples = env_cfg.scene.num_envs * agent["rollouts"]
        Batch(
            env_cfg.scene.num_envs,
            agent["rollouts"],
            agent.get("mini_batches", 2),
            # the variance of what is normalised takes two samples of a mini-batch, that of the advantages two of all
            least=2 if normalized or samples < 2 else 1,
            steps_key="agent.agent.rollouts",
            parts_key="agent.agent.mini_batches",
        ).check()

    def training_scope(self) -> AbstractContextManager[None]:
        return _library_scope()

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        return (agent_cfg["agent"].get("experiment") or {}).get("directory") or "skrl"

    def run_name(self, agent_cfg: Any) -> str:
        name = (agent_cfg["agent"].get("experiment") or {}).get("experiment_name")
        return "_".join(filter(None, (_algorithm(agent_cfg), "torch", name)))

    def manifest_metadata(self, agent_cfg: Any) -> dict[str, str]:
        return {"algorithm": _algorithm(agent_cfg), "ml_framework": "torch"}

    def takes_teachers(self, agent_cfg: Any) -> bool:
        return False

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        if path.suffix == ".pickle":
            raise UserError(
                f"{path} is a checkpoint of skrl with JAX: only those of PyTorch, agent_<N>.pt, are used here."
            )
        saved = read_checkpoint(path, LIBRARY.label, "an agent_<N>.pt")
        check_config(purpose.agent_cfg)  # parts of it may be from the files of the checkpoint's run
        check_content(path, saved, purpose)
        if purpose.env_cfg is not None and not LIBRARY.trains_each_agent(purpose.agent_cfg):
            check_spaces(path, saved, configured_spaces(purpose.task, purpose.env_cfg, None), purpose)

    def stage(self, checkpoint: Path, agent_cfg: Any) -> Any:
        kept = read_tensors(checkpoint).get(KEPT_KEY)
        return None if kept is None else kept.get("environment")

    def start_training(self, job: Job) -> SkrlTraining:
        return SkrlTraining(job)

    def start_playback(self, job: Job) -> SkrlPlayback:
        return SkrlPlayback(job)


def create_learner() -> Learner:
    """Returns the learner of skrl."""
    return SkrlLearner()


class SkrlTraining(ResumableTraining, Training):
    """One training with skrl in an environment of Isaac Lab."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint_writer is not None
        agent_cfg, task_env = job.agent_cfg, job.env
        # with the folder in it, as the dumps of Isaac Lab's command have it
        dump_train_configs(str(job.run_dir), job.env_cfg, in_folder(agent_cfg, job.run_dir))
        super().__init__(
            SkrlVecEnvWrapper(task_env),
            agent_cfg,
            job.checkpoint_writer,
            job.metrics,
            whole_episodes=lambda: task_env.step_count >= task_env.unwrapped.max_episode_length,
            environment=task_env.unwrapped,
        )
        if job.checkpoint is None:
            return
        with mismatch_as_user_error(job.checkpoint, job.config.task):
            if job.config.fine_tune:
                self.fine_tune(job.checkpoint, job.config.task)
                return
            # an adaptive rate is state, unless the user asks for another one; a fixed one is a setting
            asked_for = is_overridden(job.config, "agent.agent.learning_rate")
            rate = agent_cfg["agent"].get("learning_rate")
            keeps = not asked_for and is_adaptive(self.agent)
            self.resume(job.checkpoint, job.config.task, None if keeps else rate)


class SkrlPlayback(Playback):
    """A policy of skrl."""

    def __init__(self, job: Job) -> None:
        with _library_scope():
            self._env: Any = SkrlVecEnvWrapper(job.env)
        self._several = LIBRARY.trains_each_agent(job.agent_cfg)
        self._configured: dict[str, Any] = {}
        self._agent: Any = None
        self.load(job)
        self._observations, _ = self._env.reset()
        self._states = self._env.state()

    def load(self, job: Job) -> None:
        checkpoint = job.checkpoint
        assert checkpoint is not None
        if LIBRARY.trains_each_agent(job.agent_cfg) != self._several:
            raise UserError(
                f"{checkpoint} was trained with {_algorithm(job.agent_cfg).upper()} and needs another environment: "
                "stop the playback, and play it then."
            )
        configured = copy.deepcopy(job.agent_cfg)
        agent = self._agent
        with mismatch_as_user_error(checkpoint, job.config.task):
            if configured != self._configured:  # such as other networks
                agent = _acting_agent(self._env, configured)
            load_policy(agent, checkpoint, job.config.task)
            agent.enable_training_mode(False, apply_to_models=True)
        self._agent, self._configured = agent, configured

    def export(self, folder: Path) -> str:
        """Writes nothing: Isaac Lab's playback writes no policy with this library."""
        return ""

    def step(self) -> None:
        with torch.inference_mode():
            actions, outputs = self._agent.act(self._observations, self._states, timestep=0, timesteps=0)
            if self._several:
                spaces = self._agent.action_spaces
                self._actions = {uid: deterministic(actions[uid], outputs[uid], spaces[uid]) for uid in actions}
            else:
                self._actions = deterministic(actions, outputs, self._agent.action_space)
            self._observations, _, terminated, truncated, _ = self._env.step(self._actions)
            self._states = self._env.state()
            ended = [next(iter(each.values())) if self._several else each for each in (terminated, truncated)]
            self._dones = (ended[0] | ended[1]).view(-1)

    @property
    def agents(self) -> tuple[str, ...]:
        return tuple(self._agent.possible_agents) if self._several else ("",)

    def network(self, agent: str = "") -> PolicyNetwork:
        return policy_network(self._agent, agent)

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        observations = self._observations[agent] if agent else self._observations
        return [observations.clone()]

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        return self._actions[agent] if agent else self._actions, self._dones


def _acting_agent(env: Any, agent_cfg: dict[str, Any]) -> Any:
    """Returns an agent that writes nothing."""
    cfg = copy.deepcopy(agent_cfg)
    cfg["agent"].setdefault("experiment", {}).update(write_interval=0, checkpoint_interval=0, wandb=False)
    with _library_scope():
        return build_runner(env, cfg).agent


def _algorithm(agent_cfg: Any) -> str:
    return str(agent_cfg["agent"]["class"]).lower()


@contextlib.contextmanager
def _library_scope() -> Iterator[None]:
    """Gives the library the globals of a new process within the block, and restores those that it changes."""
    hash_seed = os.environ.get("PYTHONHASHSEED")
    with (
        preserve_attribute(skrl.config.torch, "key"),
        preserve_attribute(torch.backends.cudnn, "benchmark"),
        preserve_attribute(torch.backends.cudnn, "deterministic"),
    ):
        skrl.config.torch.key = _FRESH_KEY
        try:
            yield
        finally:
            # its runner sets it, for processes that are started later
            if hash_seed is None:
                os.environ.pop("PYTHONHASHSEED", None)
            else:
                os.environ["PYTHONHASHSEED"] = hash_seed
