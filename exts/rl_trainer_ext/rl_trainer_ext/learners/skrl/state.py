# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Saves and resumes trainings with skrl, with the state that the library's checkpoints leave out.

A checkpoint is the library's own: networks, optimizer, preprocessors. Under :data:`.checkpoints.KEPT_KEY`, which the
library skips, it also holds what resuming needs: counters, random generators, the scale of mixed precision, and the
returns over which the mean is taken. The library's only scheduler keeps its state in the optimizer. AMP collects its
motions, and its buffer of up to a million earlier ones, again. This module needs nothing of Isaac Lab.
"""

from __future__ import annotations

import copy
import importlib
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ...metrics import Metrics
from ...runs.checkpoints import checkpoint_number
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..divergence import located
from ..early_end import may_end_early
from ..events import ScalarWriter
from ..kept_format import FORMAT
from ..random_state import random_state, set_random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import all_finite, copied_if_finite
from ..untrusted import read_tensors
from .agents import build_runner
from .checkpoints import ACTING, KEPT_KEY, agents_in, check_tensors
from .format import FOLDER, LIBRARY
from .watch import AgentWatch, Rollout, optimizers_of, schedulers_of, state_of


class ResumableTraining:
    """A training with skrl whose checkpoints can be resumed as if it had never ended: see :class:`..base.Training`.

    Args:
        env: The environment, for skrl.
        cfg: The runner's configuration.
        checkpoint_writer: Writes the checkpoints; its folder is also that of the events.
        metrics: Gets the scalars.
        whole_episodes: Returns whether every environment has had time for an episode from its beginning to its end.
        environment: The task's innermost environment.
    """

    def __init__(
        self,
        env: Any,
        cfg: dict[str, Any],
        checkpoint_writer: CheckpointWriter,
        metrics: Metrics,
        whole_episodes: Callable[[], bool],
        environment: Any = None,
    ) -> None:
        self.checkpoint_writer, self._metrics, self._whole_episodes = checkpoint_writer, metrics, whole_episodes
        checkpoint_writer.best_stem = f"{FOLDER}/best_agent"
        self.start = Progress()
        self.iteration = 0
        self._random: dict[str, Any] | None = None
        self._timestep = 0
        self._writer: ScalarWriter | None = None
        self._rollout = Rollout()
        self._current: CheckpointFiles | None = None
        """The agent that collected the latest rollout."""
        self._before_update: tuple[int, CheckpointFiles] | None = None
        """Counter and agent before the latest update, if anything was learned until then."""
        self._seed = cfg.get("seed")
        self._rollouts = int(cfg["agent"]["rollouts"])
        cfg = in_folder(cfg, checkpoint_writer.run_dir)
        # the panel and the terminal have a line of their own for the progress
        cfg["trainer"].setdefault("disable_progressbar", True)
        self.runner = build_runner(env, cfg, self)
        self.agent: Any = self.runner.agent
        self._watch = AgentWatch(self.agent, self._rollout, environment)
        self.total_iterations = self._iterations()

    def resume(self, checkpoint: Path, task: str, learning_rate: float | None = None) -> None:
        """Loads a checkpoint.

        Args:
            checkpoint: The file.
            task: The task's name, for a sentence.
            learning_rate: The rate to continue with; None for that of the checkpoint.

        Raises:
            UserError: When its tensors are not those of the agent.
            RuntimeError, KeyError, ValueError: When something else of it does not fit.
        """
        saved = read_tensors(checkpoint)
        check_tensors(checkpoint, saved, state_of(self.agent), task, playing=False)
        load_modules(self.agent, saved)
        if learning_rate is not None:
            for optimizer in optimizers_of(self.agent):
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate
        resumed = self._resumed(checkpoint, saved.get(KEPT_KEY))
        self.start, self._random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration = self._watch.iteration = self.start.iterations
        self.total_iterations = self._iterations()

    def fine_tune(self, checkpoint: Path, task: str) -> None:
        """Loads the weights and normalisers of a checkpoint, and nothing else. Takes and raises as :meth:`resume`."""
        saved = read_tensors(checkpoint)
        check_tensors(checkpoint, saved, state_of(self.agent), task, playing=True)
        load_modules(self.agent, saved, lambda name: name != "optimizer")

    def learn(self) -> None:
        """Trains to the end; see :meth:`..base.Training.learn`.

        Raises:
            Diverged: When an observation, a reward, a loss or a weight is no longer finite.
        """
        with located(self._watch.found), may_end_early():
            self.runner.run()
        diverged = self._watch.weights_fault()
        if diverged is not None:
            raise diverged

    def save(self) -> Path | None:
        """See :meth:`..base.Training.save`."""
        counter = self.counter_at(self._timestep)
        if self._save(counter):
            return self._path(counter)
        if self._before_update is None:
            return None
        counter, files = self._before_update
        self.checkpoint_writer.save(f"{FOLDER}/agent_{counter}", files)
        return self._path(counter)

    def close(self) -> None:
        """See :meth:`..base.Training.close`."""
        if self._writer is not None:
            self._writer.close()
        if self.agent.cfg.experiment.wandb:
            importlib.import_module("wandb").finish()  # another training in this process begins a run of its own

    def open_writer(self) -> ScalarWriter:
        """Creates what the scalars are written with."""
        run_dir, hold_and_retry = self.checkpoint_writer.run_dir, self.checkpoint_writer.hold_and_retry
        self._writer = ScalarWriter(run_dir, self._metrics, hold_and_retry)
        return self._writer

    def on_learning_started(self) -> None:
        """Restores the random generators: the library draws no number between this call and the first action."""
        if self._random is not None:
            set_random_state(self._random)

    def on_step(self, rewards: torch.Tensor, dones: torch.Tensor) -> None:
        """Adds a step to the rollout."""
        self._timestep += 1
        self._rollout.add(rewards, dones)

    def on_rollout_finished(self) -> None:
        """Checks the rollout and the weights that collected it, and copies these weights.

        Raises:
            Diverged: When one of the numbers is not finite.
        """
        self._current = self._capture(self._watch.finite)
        if self._current is None:
            raise self._watch.found() or ArithmeticError("A number is not finite.")
        self._rollout.finish()
        if self.iteration > self.start.iterations:  # until then nothing is learned
            self._before_update = self.iteration * self._rollouts, self._current
        self._watch.updating = True

    def on_update_finished(self, losses: dict[str, float]) -> None:
        """Counts the iteration, and checks its losses.

        Raises:
            Diverged: When a loss is not finite.
        """
        self.iteration += 1
        diverged = self._watch.losses_fault(losses)
        self._watch.iteration, self._watch.updating = self.iteration, False
        self._rollout.clear()
        if diverged is not None:
            raise diverged

    def on_iteration_finished(self) -> None:
        """Writes the agent that collected the latest rollout if it is the best so far."""
        self.checkpoint_writer.iteration_finished(
            self.iteration - 1,
            self._rollout.mean_return,
            settled=self._rollout.is_full and self._whole_episodes(),
            capture=lambda: self._current,
        )
        self.checkpoint_writer.between_iterations()

    def on_scalars(self, tracked: dict[str, list[float]]) -> None:
        """Replaces what the library tracked of finished episodes by what the last ones say, as other libraries log."""
        episodes: dict[str, Sequence[float]] = {
            "Reward / Total reward": self._rollout.returns,
            "Episode / Total timesteps": self._rollout.lengths,
        }
        for tag, values in episodes.items():
            if values:
                mean = sum(values) / len(values)
                of = {"max": max(values), "min": min(values), "mean": mean}
                tracked.update({f"{tag} ({name})": [value] for name, value in of.items()})

    def on_save(self, timestep: int) -> None:
        """Writes a checkpoint; writes nothing when a weight is not finite."""
        self._save(self.counter_at(timestep))

    def counter_at(self, timestep: int) -> int:
        """Returns the steps of each environment over the runs that were resumed too."""
        return self.start.iterations * self._rollouts + timestep

    def save_checkpoint(self) -> Path | None:
        """See :meth:`..base.Training.save_checkpoint`."""
        counter = self.iteration * self._rollouts
        return self._path(counter) if self._save(counter) else None

    def _iterations(self) -> int:
        return self.iteration + max(1, self.runner.trainer.cfg.timesteps // self._rollouts)

    def _path(self, counter: int) -> Path:
        return self.checkpoint_writer.run_dir / FOLDER / f"agent_{counter}.pt"

    def _save(self, counter: int) -> bool:
        files = self._capture()
        if files is not None:
            self.checkpoint_writer.save(f"{FOLDER}/agent_{counter}", files)
        return files is not None

    def _capture(self, finite: Callable[[list[torch.Tensor]], bool] = all_finite) -> CheckpointFiles | None:
        """Returns the files of a checkpoint that resumes the training from now; None if a number is not finite."""
        modules = copied_if_finite(state_of(self.agent), finite)
        if modules is None:
            return None
        kept = {
            "version": FORMAT,
            **asdict(self.checkpoint_writer.progress()),
            "returns": list(self._rollout.returns),
            "lengths": list(self._rollout.lengths),
            "scaler": self.agent.scaler.state_dict(),
            "seed": self._seed,
            "random": random_state(),
            "environment": self.checkpoint_writer.stage(),
        }
        return lambda stem: {f"{stem}.pt": _serialized({**modules, KEPT_KEY: kept})}

    def _resumed(self, checkpoint: Path, kept: dict[str, Any] | None) -> Resumed:
        if kept is None:  # saved by ``isaaclab train``
            return Resumed((checkpoint_number(checkpoint, LIBRARY) or 0) // self._rollouts)
        if kept["scaler"]:
            self.agent.scaler.load_state_dict(kept["scaler"])
        self._rollout.continue_with(kept["returns"], kept["lengths"])
        same_seed = kept["seed"] == self._seed
        return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def in_folder(cfg: dict[str, Any], run_dir: Path) -> dict[str, Any]:
    """Returns a configuration whose agent writes into a folder."""
    cfg = copy.deepcopy(cfg)
    cfg["agent"].setdefault("experiment", {}).update(directory=str(run_dir.parent), experiment_name=run_dir.name)
    return cfg


def is_adaptive(agent: Any) -> bool:
    """Returns whether the learning rate is state of the training, and no setting."""
    return any(scheduler is not None for scheduler in schedulers_of(agent))


def load_modules(agent: Any, saved: dict[str, Any], wanted: Callable[[str], bool] = lambda name: True) -> None:
    """Loads the states in a checkpoint into the modules of an agent, those with a wanted name."""
    modules = agent.checkpoint_modules
    by_agent = modules if "policy" not in modules else {"": modules}
    for uid, states in agents_in(saved).items():
        for name, state in states.items():
            if name in by_agent[uid] and wanted(name):
                by_agent[uid][name].load_state_dict(state)


def load_policy(agent: Any, checkpoint: Path, task: str) -> None:
    """Loads what acts of a checkpoint, or leaves the agent as it was.

    Raises:
        UserError: When its tensors are not those of the agent.
    """
    saved = read_tensors(checkpoint)
    check_tensors(checkpoint, saved, state_of(agent), task, playing=True)
    # a value network or an optimizer that has changed since does not prevent playing
    load_modules(agent, saved, ACTING.__contains__)


def _serialized(saved: dict[str, Any]) -> bytes:
    # in memory first: torch's own writer does not say that a disk is full
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    return buffer.getvalue()
