# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RSL-RL, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_rsl_rl`` and ``play_rsl_rl``, so that the
same arguments give the same weights.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from isaaclab.utils import to_dict
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed, scoped_torch_backend_flags
from isaaclab_rl.rsl_rl import (
    RslRlVecEnvWrapper,
    check_rsl_rl_version,
    create_rsl_rl_runner,
    handle_deprecated_rsl_rl_cfg,
)
from rsl_rl.utils import resolve_callable

from ...errors import UserError
from ...run_config import RunConfig
from ..base import Job, Learner, Playback, Purpose, Training, is_overridden, mismatch_as_user_error
from ..mini_batches import Batch
from ..policy_files import PolicyNetwork, write_policy
from ..untrusted import read_checkpoint, read_tensors
from ..wandb_runs import check_account
from .checkpoints import INFOS_KEY, check_content, is_teacher
from .format import LIBRARY
from .options import check_names
from .policy import network_inputs, policy_network
from .state import ResumableRunner, load_policy, set_learning_rate


class RslRlLearner(Learner):
    """RSL-RL: PPO and distillation on tensors that never leave the device."""

    format = LIBRARY

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        if config.seed is not None:
            agent_cfg.seed = resolve_seed(config.seed)
        agent_cfg = handle_deprecated_rsl_rl_cfg(agent_cfg, check_rsl_rl_version())
        if config.max_iterations is not None:
            agent_cfg.max_iterations = config.max_iterations
        # configurations name a GPU even where the simulation runs on the CPU
        if not is_overridden(config, "agent.device"):
            agent_cfg.device = config.device
        env_cfg.seed = agent_cfg.seed
        check_names(agent_cfg)
        return agent_cfg

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        if agent_cfg.logger == "wandb":
            check_account()
        algorithm = agent_cfg.algorithm
        if not hasattr(algorithm, "num_mini_batches"):
            return  # a distillation takes one step of all environments after the other
        num_envs, num_steps = env_cfg.scene.num_envs, agent_cfg.num_steps_per_env
        # a standard deviation takes two samples: of each mini-batch, or of all together
        normalized = algorithm.normalize_advantage_per_mini_batch or num_envs * num_steps < 2
        Batch(
            num_envs,
            num_steps,
            algorithm.num_mini_batches,
            least=2 if normalized else 1,
            steps_key="agent.num_steps_per_env",
            parts_key="agent.algorithm.num_mini_batches",
            whole_environments=_is_recurrent(agent_cfg.actor) or _is_recurrent(agent_cfg.critic),
        ).check()

    def training_scope(self) -> AbstractContextManager[None]:
        # some of these flags change matrix products on a GPU
        return scoped_torch_backend_flags(
            cuda_matmul_allow_tf32=True,
            cudnn_allow_tf32=True,
            cudnn_deterministic=False,
            cudnn_benchmark=True,
        )

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        return agent_cfg.experiment_name

    def run_name(self, agent_cfg: Any) -> str:
        return agent_cfg.run_name or ""

    def takes_teachers(self, agent_cfg: Any) -> bool:
        return agent_cfg.algorithm.class_name == "Distillation"

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        saved = read_checkpoint(path, LIBRARY.label, "a model_<N>.pt")
        if not isinstance(saved, dict) or "iter" not in saved:
            raise UserError(f"{path} holds no RSL-RL training: choose a model_<N>.pt that RSL-RL wrote.")
        check_content(path, saved, purpose)

    def stage(self, checkpoint: Path, agent_cfg: Any) -> Any:
        saved = read_tensors(checkpoint)
        if is_teacher(saved, agent_cfg):
            return {}
        infos = saved.get("infos")
        kept = infos.get(INFOS_KEY) if isinstance(infos, dict) else None
        return None if kept is None else kept.get("environment")

    def start_training(self, job: Job) -> RslRlTraining:
        return RslRlTraining(job)

    def start_playback(self, job: Job) -> RslRlPlayback:
        return RslRlPlayback(job)


def _is_recurrent(model_cfg: Any) -> bool:
    """Returns whether a network has a memory. RSL-RL reports a class that does not exist later."""
    try:
        return getattr(resolve_callable(model_cfg.class_name), "is_recurrent", False)
    except (ImportError, AttributeError, ValueError, TypeError):
        return False


def create_learner() -> Learner:
    """Returns the learner of RSL-RL."""
    return RslRlLearner()


class RslRlTraining(ResumableRunner, Training):
    """One training with RSL-RL in an environment of Isaac Lab."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint_writer is not None
        agent_cfg, task_env = job.agent_cfg, job.env
        env = RslRlVecEnvWrapper(task_env, clip_actions=agent_cfg.clip_actions)
        super().__init__(
            env,
            to_dict(agent_cfg),
            job.checkpoint_writer,
            job.metrics,
            whole_episodes=lambda: task_env.step_count >= task_env.unwrapped.max_episode_length,
        )
        if job.checkpoint is not None and job.config.fine_tune:
            with mismatch_as_user_error(job.checkpoint, job.config.task):
                self.fine_tune(job.checkpoint, job.config.task)
        elif job.checkpoint is not None:
            with mismatch_as_user_error(job.checkpoint, job.config.task):
                self.resume(job.checkpoint, job.config.task)
            algorithm = agent_cfg.algorithm
            # an adaptive rate is state, unless the user asks for another one; a fixed one is a setting
            asked_for = is_overridden(job.config, "agent.algorithm.learning_rate")
            if asked_for or getattr(algorithm, "schedule", "fixed") != "adaptive":
                set_learning_rate(self.runner, algorithm.learning_rate)
        dump_train_configs(str(job.run_dir), job.env_cfg, agent_cfg)
        self._init_at_random_ep_len = agent_cfg.init_at_random_ep_len
        self.total_iterations = self.iteration + agent_cfg.max_iterations

    def learn(self) -> None:
        self.learn_more(self.total_iterations - self.iteration, self._init_at_random_ep_len)


class RslRlPlayback(Playback):
    """A policy of RSL-RL."""

    def __init__(self, job: Job) -> None:
        self._env = RslRlVecEnvWrapper(job.env, clip_actions=job.agent_cfg.clip_actions)
        self._device = job.env.unwrapped.device
        self._configured: dict[str, Any] = {}
        self._runner: Any = None
        self.load(job)
        self._observations = self._env.get_observations()

    def load(self, job: Job) -> None:
        checkpoint, agent_cfg = job.checkpoint, job.agent_cfg
        assert checkpoint is not None
        if agent_cfg.clip_actions != self._env.clip_actions:
            raise UserError(
                f"{checkpoint} was trained with agent.clip_actions {agent_cfg.clip_actions} (now: "
                f"{self._env.clip_actions}) and needs another environment: stop the playback, and play it then."
            )
        configured = copy.deepcopy(agent_cfg.to_dict())
        with mismatch_as_user_error(checkpoint, job.config.task):
            runner = self._runner
            if configured != self._configured:  # such as other networks
                runner = create_rsl_rl_runner(self._env, agent_cfg)
            load_policy(runner, checkpoint, job.config.task)
        self._runner, self._configured = runner, configured
        self._policy = self._runner.get_inference_policy(device=self._device)
        self._policy.reset()

    def export(self, folder: Path) -> str:
        """Writes ``policy.pt`` (TorchScript) and ``policy.onnx``, with the normaliser inside."""
        try:
            folder.mkdir(exist_ok=True)
            # moved to their final place when they are complete
            with tempfile.TemporaryDirectory(prefix=".policy-", dir=folder) as unfinished:
                write_policy(self.network(), Path(unfinished))
                for file in Path(unfinished).iterdir():
                    file.replace(folder / file.name)
        except Exception as error:  # the policy plays even if an exporter does not support its network
            said = str(error).strip().splitlines()
            return f"The policy plays, but was not exported to {folder}: {said[0] if said else type(error).__name__}"
        return ""

    def step(self) -> None:
        with torch.inference_mode():
            self._actions = self._policy(self._observations)
            self._observations, _, self._dones, _ = self._env.step(self._actions)
            # the memory of a recurrent policy ends with its episode
            self._policy.reset(self._dones)

    def network(self, agent: str = "") -> PolicyNetwork:
        return policy_network(self._runner)

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        return network_inputs(self._runner, self._observations)

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        return self._actions, self._dones
