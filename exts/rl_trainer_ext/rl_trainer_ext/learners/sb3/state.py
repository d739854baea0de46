# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Saves and resumes trainings with Stable-Baselines3, with the state that the library's checkpoints leave out.

A checkpoint is the library's own zip archive. It has more entries, which the library ignores: the counters and random
generators that resuming needs, and the statistics of VecNormalize. The statistics are also stored in a file beside it,
where Isaac Lab looks for them. After a kill one of two files may be newer than the other; entries of one archive are
not. This module needs nothing of Isaac Lab.
"""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.save_util import load_from_zip_file, save_to_zip_file
from stable_baselines3.common.vec_env import VecNormalize

from ...errors import UserError
from ...metrics import Metrics
from ...overrides.hydra import first_line
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..divergence import located
from ..early_end import may_end_early
from ..kept_format import FORMAT, check_format
from ..random_state import random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import all_finite, copied_if_finite
from . import vec_normalize
from .callback import TrainingCallback
from .checkpoints import BoundsChoice, check_spaces
from .format import LIBRARY, statistics_beside
from .pickled import agent_data
from .scalars import training_logger
from .watch import AgentWatch, statistics

ENTRY = "rl_trainer"
"""Name of the entry in the archive. The library loads what ends in ``.pth``, and ignores the rest."""


class ResumableAgent:
    """A training with Stable-Baselines3 whose checkpoints can be resumed as if it had never ended.

    Args:
        agent: Stable-Baselines3's, with an environment and a folder for its events.
        env: What the agent was given; statistics of a VecNormalize are stored with each checkpoint.
        checkpoint_writer: Writes the checkpoints.
        metrics: Gets the scalars.
        whole_episodes: Returns whether every environment has had time for an episode from its beginning to its end.
        extras: Returns what the last step of the environment returned as extras, before the library's wrapper.
    """

    def __init__(
        self,
        agent: PPO,
        env: Any,
        checkpoint_writer: CheckpointWriter,
        metrics: Metrics,
        whole_episodes: Callable[[], bool],
        extras: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.agent, self.env, self.checkpoint_writer = agent, env, checkpoint_writer
        self.start = Progress()
        self.iteration = 0
        self.random: dict[str, Any] | None = None
        self.watch = AgentWatch(agent, env)
        self._metrics = metrics
        self._logger: Logger | None = None
        self._callback = TrainingCallback(self, whole_episodes, extras)
        self._resumed = False
        self._current: CheckpointFiles | None = None
        """The agent that collected the latest rollout."""
        self._before_update: CheckpointFiles | None = None
        """The agent before the latest update, if anything was learned until then."""

    def resume(self, checkpoint: Path, task: str, choice: BoundsChoice | None = None) -> None:
        """Loads a checkpoint. Raises as :func:`resume`.

        Args:
            checkpoint: Its file.
            task: The task's name, for sentences.
            choice: Whether the user has chosen the bounds of the actions.

        Raises:
            UserError: When the statistics of VecNormalize that it needs are missing, or its spaces are others.
        """
        self._load_statistics(checkpoint, task, choice)
        if isinstance(self.env, VecNormalize):
            # learn() resets the environment; its first observations are in the statistics already
            self.env.training = False
        resumed = resume(self.agent, checkpoint)
        self.start, self.random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration, self._resumed = self.start.iterations, True

    def fine_tune(self, checkpoint: Path, task: str, choice: BoundsChoice | None = None) -> None:
        """Loads the weights and statistics of a checkpoint, and nothing else. Takes and raises as :meth:`resume`."""
        self._load_statistics(checkpoint, task, choice)
        settings_left_out = agent_data(checkpoint, playing=False)
        _, parameters, _ = load_from_zip_file(checkpoint, device=self.agent.device, custom_objects=settings_left_out)
        self.agent.policy.load_state_dict(parameters["policy"])

    def _load_statistics(self, checkpoint: Path, task: str, choice: BoundsChoice | None) -> None:
        """Loads the running means of VecNormalize, if there is one; compares the spaces before."""
        check_spaces(checkpoint, agent_data(checkpoint, playing=False), self.env, task, choice)
        if isinstance(self.env, VecNormalize):
            # only the running means: what is normalised, and how, is configured
            saved = vec_normalize.load(checkpoint, self.env.venv)
            self.env.obs_rms, self.env.ret_rms = saved.obs_rms, saved.ret_rms

    def learn_more(self, total_timesteps: int) -> None:
        """Calls the agent's ``learn()``; the steps are additional ones.

        Raises:
            Diverged: When an observation, a reward, a loss or a weight is no longer finite.
        """
        hold_and_retry = self.checkpoint_writer.hold_and_retry
        self._logger = training_logger(self.agent, not self._resumed, self._metrics, hold_and_retry)
        self.agent.set_logger(self._logger)
        with located(self.watch.found), may_end_early():
            self.agent.learn(
                total_timesteps=total_timesteps,
                callback=self._callback,
                log_interval=1,
                reset_num_timesteps=not self._resumed,
            )
        diverged = self.watch.weights_fault()
        if diverged is not None:
            raise diverged

    def check_rollout(self, learned: bool) -> None:
        """Checks the rollout and the weights that collected it, and copies these weights.

        Args:
            learned: Whether there was an update before this rollout.

        Raises:
            Diverged: When one of the numbers is not finite.
        """
        self._current = self._capture(self.watch.finite)
        if self._current is None:
            raise self.watch.found() or ArithmeticError("The statistics of VecNormalize are not finite.")
        if learned:
            self._before_update = self._current
        self.watch.updating = True

    def iteration_finished(self, mean_reward: float | None, settled: bool) -> None:
        """Writes the agent that collected the latest rollout if it is the best so far."""
        self.checkpoint_writer.iteration_finished(self.iteration, mean_reward, settled, capture=lambda: self._current)

    def between_iterations(self) -> None:
        """Lets the training end after an update."""
        self.checkpoint_writer.between_iterations()

    def save(self) -> Path | None:
        """Writes the final checkpoint, or the one before the latest update if a weight is not finite now.

        Returns:
            The checkpoint; None if no finite weights were learned.
        """
        if not self.save_as("model"):
            if self._before_update is None:
                return None
            self.checkpoint_writer.save("model", self._before_update)
        return self.checkpoint_writer.run_dir / "model.zip"

    def save_checkpoint(self) -> Path | None:
        """See :meth:`..base.Training.save_checkpoint`."""
        stem = f"model_{self.agent.num_timesteps}_steps"
        return self.checkpoint_writer.run_dir / f"{stem}.zip" if self.save_as(stem) else None

    def save_as(self, stem: str) -> bool:
        """Writes a checkpoint. Returns False, and writes nothing, when a number of it is not finite."""
        files = self._capture()
        if files is not None:
            self.checkpoint_writer.save(stem, files)
        return files is not None

    def close(self) -> None:
        """Writes the remaining scalars and closes the event file."""
        if self._logger is not None:
            self._logger.close()

    def _capture(self, finite: Callable[[list[torch.Tensor]], bool] = all_finite) -> CheckpointFiles | None:
        writer = self.checkpoint_writer
        return capture(self.agent, self.env, writer.progress(), finite, writer.stage)


def capture(
    agent: PPO,
    env: Any,
    progress: Progress,
    finite: Callable[[list[torch.Tensor]], bool] = all_finite,
    stage: Callable[[], Mapping[str, Any] | None] = lambda: None,
) -> CheckpointFiles | None:
    """Returns the files of a checkpoint that resumes the training from now; None if a number of it is not finite.

    Its files are the checkpoint and, before it, the statistics of VecNormalize, if the environment has any.

    Args:
        agent: Stable-Baselines3's.
        env: What it was given.
        progress: How far it has come.
        finite: Returns whether all numbers of the weights and of the statistics of VecNormalize are finite.
        stage: Returns the stage of the environment's curricula; see :attr:`..checkpoint_writer.CheckpointWriter.stage`.
    """
    parameters = copied_if_finite(agent.get_parameters(), lambda weights: finite(weights + statistics(env)))
    if parameters is None:
        return None
    # what PPO.save() leaves out: the modules above, and what belongs to this process
    modules, variables = agent._get_torch_save_params()
    left_out = {*agent._excluded_save_params(), *(name.split(".")[0] for name in (*modules, *variables))}
    data = {name: value for name, value in vars(agent).items() if name not in left_out}
    for name in ("ep_info_buffer", "ep_success_buffer"):
        data[name] = copy.copy(data[name])
    normalized = isinstance(env, VecNormalize)
    # Isaac Lab's commands read the pickle beside the archive
    pickled, arrays = (pickle.dumps(env), vec_normalize.entry(env)) if normalized else (None, None)
    kept = {"version": FORMAT, **asdict(progress), "seed": agent.seed, "random": random_state()}
    kept["environment"] = stage()

    def files(stem: str) -> dict[str, bytes]:
        checkpoint = Path(f"{stem}.zip")
        before = {} if pickled is None else {statistics_beside(checkpoint).name: pickled}
        return before | {checkpoint.name: _archive(data, parameters, kept, arrays)}

    return files


def resume(agent: PPO, checkpoint: Path) -> Resumed:
    """Loads networks, optimizer state, counters and the window of episodes of a checkpoint.

    ``agent`` keeps its hyper-parameters, also those that the library saves with the optimizer's state.

    Raises:
        RuntimeError, KeyError, ValueError: When the checkpoint does not fit.
    """
    optimizer = agent.policy.optimizer
    settings = [{key: group[key] for key in group if key != "params"} for group in optimizer.param_groups]
    settings_left_out = agent_data(checkpoint, playing=False)
    data, parameters, _ = load_from_zip_file(checkpoint, device=agent.device, custom_objects=settings_left_out)
    agent.set_parameters(parameters, device=agent.device)
    for group, setting in zip(optimizer.param_groups, settings, strict=True):
        group.update(setting)
    data = data or {}
    agent.num_timesteps = data.get("num_timesteps", 0)
    agent._n_updates = data.get("_n_updates", 0)
    # learn() makes these only where there are none
    for name in ("ep_info_buffer", "ep_success_buffer"):
        setattr(agent, name, deque(data.get(name) or (), maxlen=agent._stats_window_size))
    kept = ours(checkpoint)
    if kept is None:  # saved by ``isaaclab train``
        return Resumed(agent._n_updates // data.get("n_epochs", 1), agent.num_timesteps)
    same_seed = kept["seed"] == agent.seed
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def check_resumable(checkpoint: Path) -> None:
    """Checks that a checkpoint has an optimizer's state, and what this extension has added to it, if anything.

    Raises:
        UserError: When it has none, a newer version of this extension wrote it, or it is damaged.
    """
    with zipfile.ZipFile(checkpoint) as archive:
        if "policy.optimizer.pth" not in archive.namelist():
            raise UserError(
                f"{checkpoint} holds no state of an optimizer: fine-tune or play it, or choose another checkpoint."
            )
    try:
        kept = ours(checkpoint)
    except Exception as error:  # torch may raise anything for damaged data
        raise UserError(f"{checkpoint} is damaged ({first_line(error)}): choose another checkpoint.") from error
    if kept is not None:
        check_format(checkpoint, kept, ("iterations", "steps", "seconds", "seed", "random"))


def load_agent(
    checkpoint: Path,
    env: Any,
    device: str,
    task: str,
    configured: Collection[type] = (),
    choice: BoundsChoice | None = None,
) -> PPO:
    """Loads an agent that acts within the bounds of an environment. The environment is not changed.

    Args:
        checkpoint: The file.
        env: The environment.
        device: Where the policy computes.
        task: The task's name, for a sentence.
        configured: Classes that the task's configuration names; see :func:`..untrusted.unpickled`.
        choice: Whether the user has chosen the bounds of the actions.

    Raises:
        UserError: When its spaces are not those of the environment.
        RuntimeError, KeyError, ValueError, AssertionError: When its parts do not fit each other.
    """
    data = agent_data(checkpoint, configured=configured)
    check_spaces(checkpoint, data, env, task, choice)
    data["action_space"] = env.action_space  # differs at most in the bounds that the user has chosen
    # given the environment, PPO.load() would seed it
    return PPO.load(checkpoint, device=device, n_envs=env.num_envs, custom_objects=data)


def _archive(data: dict[str, Any], parameters: dict[str, Any], kept: dict[str, Any], statistics: bytes | None) -> bytes:
    buffer, entry = io.BytesIO(), io.BytesIO()
    save_to_zip_file(buffer, data=data, params=parameters, pytorch_variables={})
    torch.save(kept, entry)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(ENTRY, entry.getvalue())
        if statistics is not None:
            archive.writestr(vec_normalize.ENTRY, statistics)
    return buffer.getvalue()


def ours(checkpoint: Path) -> dict[str, Any] | None:
    """Returns what this extension has added to an archive; None for a checkpoint of ``isaaclab train``."""
    with zipfile.ZipFile(checkpoint) as archive:
        entry = archive.read(ENTRY) if ENTRY in archive.namelist() else None
    return None if entry is None else torch.load(io.BytesIO(entry), weights_only=True)
