# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a checkpoint of Stable-Baselines3 holds, and what the library forgets on its way in and out.

A checkpoint is the library's own zip archive, with entries more that the library does not look at: the counters and
random generators that a training needs to go on as if it had never ended, and the statistics of VecNormalize. These
also lie beside it, where Isaac Lab looks for them; of two files one can be a moment newer than the other after a kill,
and what lies in the archive cannot. It needs nothing of Isaac Lab.
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
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import TensorBoardOutputFormat
from stable_baselines3.common.save_util import load_from_zip_file, save_to_zip_file
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecNormalize

from ...errors import UserError
from ...metrics import Metrics
from ...overrides.hydra import first_line
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..divergence import located
from ..events import close_writer, mirror_scalars
from ..kept_format import FORMAT, check_format
from ..random_state import random_state, set_random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import Copies, all_finite
from ..untrusted import agent_data
from . import vec_normalize
from .checkpoints import BoundsChoice, check_spaces
from .episode_terms import EpisodeTerms
from .format import LIBRARY, statistics_beside
from .watch import Watch, statistics

ENTRY = "rl_trainer"
"""Name of the entry in the archive. The library loads what ends in ``.pth``, and ignores the rest."""

CHECKPOINT_INTERVAL = 1000
"""Vectorised steps between two checkpoints, as Isaac Lab's command has it; here at the end of the iteration, because
the library saves no unfinished rollout."""


class ResumableAgent:
    """An agent whose training is kept: see :class:`..base.Training`.

    Args:
        agent: Stable-Baselines3's, with an environment and a folder for its events.
        env: What the agent was given; statistics of a VecNormalize are kept with each checkpoint.
        checkpoint_writer: Writes the checkpoints.
        metrics: Gets the scalars.
        whole_episodes: Whether every environment has had the time for an episode from its beginning to its end.
        extras: What the last step of the environment returned beside, before the library's wrapper.
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
        self.latest: CheckpointFiles | None = None
        """The agent as it was before the latest update, if anything was learned until then."""
        self.watch = Watch(agent, env)
        self._from_scratch = True
        self._listener = _Listener(self, metrics, whole_episodes, extras)

    def resume(self, checkpoint: Path, task: str, choice: BoundsChoice | None = None) -> None:
        """Goes on from a checkpoint. See :func:`resume`.

        Args:
            checkpoint: Its file.
            task: The task's name, for sentences.
            choice: Whether the bounds of the actions are what was asked for.

        Raises:
            UserError: When the statistics of VecNormalize that it needs are missing, or its spaces are others.
        """
        check_spaces(checkpoint, agent_data(checkpoint, playing=False), self.env, task, choice)
        if isinstance(self.env, VecNormalize):
            # the running means; what is normalised, and how, stays as it is configured now
            saved = vec_normalize.load(checkpoint, self.env.venv)
            self.env.obs_rms, self.env.ret_rms = saved.obs_rms, saved.ret_rms
            # learn() resets the environment, whose first observations are in the statistics already
            self.env.training = False
        resumed = resume(self.agent, checkpoint)
        self.start, self.random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration, self._from_scratch = self.start.iterations, False

    def learn_more(self, total_timesteps: int) -> None:
        """The agent's ``learn()``; the steps are additional ones.

        Raises:
            Diverged: When something of it is no longer finite.
        """
        with located(self.watch.found):
            self.agent.learn(
                total_timesteps=total_timesteps,
                callback=self._listener,
                log_interval=1,
                reset_num_timesteps=self._from_scratch,
            )
        diverged = self.watch.weights_fault()
        if diverged is not None:
            raise diverged

    def save(self) -> Path | None:
        """See :meth:`..base.Training.save`."""
        if not self.save_as("model"):
            if self.latest is None:
                return None
            self.checkpoint_writer.save("model", self.latest)
        return self.checkpoint_writer.run_dir / "model.zip"

    def save_as(self, stem: str) -> bool:
        """Writes a checkpoint. Returns False, and writes nothing, when the weights are not finite numbers."""
        frozen = self.freeze(Copies())
        if frozen is not None:
            self.checkpoint_writer.save(stem, frozen)
        return frozen is not None

    def freeze(
        self, copies: Copies, finite: Callable[[list[torch.Tensor]], bool] = all_finite
    ) -> CheckpointFiles | None:
        """The agent as it is: see :func:`freeze`."""
        return freeze(self.agent, self.env, self.checkpoint_writer.progress(), copies, finite)

    def close(self) -> None:
        """See :meth:`..base.Training.close`."""
        if hasattr(self.agent, "_logger"):  # there is none before learn()
            try:
                for writer in _event_writers(self.agent):
                    close_writer(writer)
            finally:
                self.agent.logger.close()


class _Listener(BaseCallback):
    """Hears of what the library does from inside its ``learn()``."""

    def __init__(
        self,
        training: ResumableAgent,
        metrics: Metrics,
        whole_episodes: Callable[[], bool],
        extras: Callable[[], Mapping[str, Any]],
    ) -> None:
        super().__init__()
        self._training, self._metrics, self._whole_episodes = training, metrics, whole_episodes
        self._extras, self._terms = extras, EpisodeTerms()
        self._best, self._latest = Copies(), Copies()
        self._rollouts = 0
        self._saved_at = 0

    def _on_training_start(self) -> None:
        for writer in _event_writers(self.model):
            mirror_scalars(writer, self._metrics, self._training.checkpoint_writer.hold_and_retry)
        if isinstance(self._training.env, VecNormalize):
            self._training.env.training = True
        if self._training.random is not None:
            # the library has reset the environment; nothing is drawn from here to the first action
            set_random_state(self._training.random)

    def _on_rollout_start(self) -> None:
        # an iteration ends with the update of the policy, and no callback follows that one but the next rollout's
        self._count()
        self._training.watch.rollout_started()
        self._rollouts += 1
        if self.n_calls - self._saved_at >= CHECKPOINT_INTERVAL:
            self._saved_at = self.n_calls
            self._training.save_as(f"model_{self.num_timesteps}_steps")

    def _on_rollout_end(self) -> None:
        training = self._training
        self._look(training)
        # what collected the rollout, with the mean that the library is about to log
        window = self.model.ep_info_buffer
        settled = len(window) == window.maxlen and self._whole_episodes()
        mean_reward = float(safe_mean([episode["r"] for episode in window])) if window else None
        training.checkpoint_writer.iteration_finished(
            training.iteration, mean_reward, settled, freeze=lambda: training.freeze(self._best)
        )
        # beside what the library is about to log; its table cuts names off, and refuses two that become the same
        for tag, value in self._terms.take().items():
            self.logger.record(tag, value, exclude="stdout")

    def _look(self, training: ResumableAgent) -> None:
        """Whether all of the rollout is finite, and the weights that collected it: these are kept then."""
        frozen = training.freeze(self._latest, training.watch.finite)
        if frozen is None:
            raise training.watch.found() or ArithmeticError("The statistics of VecNormalize are not finite.")
        if self._rollouts > 1:  # until then nothing is learned
            training.latest = frozen
        training.watch.updating = True

    def _on_training_end(self) -> None:
        self._count()
        self._training.watch.updating = False

    def _count(self) -> None:
        """After an update, and before the first rollout."""
        training = self._training
        training.iteration = training.start.iterations + self._rollouts
        diverged = training.watch.losses_fault()
        training.watch.iteration = training.iteration
        if diverged is not None:
            raise diverged

    def _on_step(self) -> bool:
        self._terms.add(self._extras())
        self._training.watch.stepped(self.locals["new_obs"], self.locals["rewards"])
        return True


def _event_writers(agent: PPO) -> list[Any]:
    formats = agent.logger.output_formats
    return [each.writer for each in formats if isinstance(each, TensorBoardOutputFormat)]


def freeze(
    agent: PPO,
    env: Any,
    progress: Progress,
    copies: Copies,
    finite: Callable[[list[torch.Tensor]], bool] = all_finite,
) -> CheckpointFiles | None:
    """The agent as it is, with everything to resume from it; None if a weight or statistic is not a finite number.

    Its files are the checkpoint and, before it, the statistics of VecNormalize, if the environment has any.

    Args:
        agent: Stable-Baselines3's.
        env: What it was given.
        progress: How far it has come.
        copies: Those of its weights; see :meth:`..tensors.Copies.take` for how long this one stays.
        finite: Whether its weights are finite, with the statistics of VecNormalize; see there.
    """
    parameters = copies.take(agent.get_parameters(), lambda weights: finite(weights + statistics(env)))
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

    def files(stem: str) -> dict[str, bytes]:
        checkpoint = Path(f"{stem}.zip")
        before = {} if pickled is None else {statistics_beside(checkpoint).name: pickled}
        return before | {checkpoint.name: _archive(data, parameters(), kept, arrays)}

    return files


def resume(agent: PPO, checkpoint: Path) -> Resumed:
    """Takes over networks, optimizer state, counters and the window of episodes of a checkpoint.

    Every hyper-parameter stays that of ``agent``, also those that the library keeps with the optimizer's state.

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
    kept = _kept(checkpoint)
    if kept is None:  # saved by ``isaaclab train``
        return Resumed(agent._n_updates // data.get("n_epochs", 1), agent.num_timesteps)
    same_seed = kept["seed"] == agent.seed
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def check_kept(checkpoint: Path) -> None:
    """Checks what this extension keeps in a checkpoint, if it keeps anything.

    Raises:
        UserError: When a newer version of this extension wrote it, or it is damaged.
    """
    try:
        kept = _kept(checkpoint)
    except Exception as error:  # torch raises whatever the first wrong byte means
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
    """The agent of a checkpoint, to act in an environment that is not changed, within that one's bounds.

    Args:
        checkpoint: The file.
        env: The environment.
        device: Where the policy computes.
        task: The task's name, for a sentence.
        configured: Classes that the task's configuration names; see :func:`..untrusted.unpickled`.
        choice: Whether the bounds of the actions are what was asked for.

    Raises:
        UserError: When its spaces are not those of the environment.
        RuntimeError, KeyError, ValueError, AssertionError: When its parts do not fit each other.
    """
    data = agent_data(checkpoint, configured=configured)
    check_spaces(checkpoint, data, env, task, choice)
    data["action_space"] = env.action_space  # others only in bounds that were asked for
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


def _kept(checkpoint: Path) -> dict[str, Any] | None:
    entry = _entry(checkpoint, ENTRY)
    return None if entry is None else torch.load(io.BytesIO(entry), weights_only=True)


def _entry(checkpoint: Path, name: str) -> bytes | None:
    """What the archive has beside what the library puts there; None in a checkpoint of ``isaaclab train``."""
    with zipfile.ZipFile(checkpoint) as archive:
        return archive.read(name) if name in archive.namelist() else None
