# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a checkpoint of RSL-RL holds, and what the library forgets on its way in and out.

A checkpoint is the library's own; under ``infos``, which the library hands through and Isaac Lab's commands ignore, it
also holds what a training needs to go on as if it had never ended: counters, random generators, the window of episodes
over which the mean reward is taken. It needs nothing of Isaac Lab.
"""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ...metrics import MEAN_REWARD, Metrics
from ..checkpoint_writer import CheckpointFiles, CheckpointWriter
from ..code_state import tolerate_undecodable_diffs
from ..divergence import located
from ..events import close_writer, mirror_scalars
from ..kept_format import FORMAT
from ..random_state import random_state, set_random_state
from ..resuming import Progress, Resumed, totals
from ..tensors import Copies
from ..untrusted import read_tensors, tensors_only
from .checkpoints import INFOS_KEY, acting_network, check_tensors
from .format import LIBRARY
from .watch import Watch


class ResumableRunner:
    """A runner whose training is kept: see :class:`..base.Training`.

    Args:
        runner: RSL-RL's, with an environment and a log directory.
        checkpoint_writer: Writes the checkpoints.
        metrics: Gets the scalars.
        whole_episodes: Whether every environment has had the time for an episode from its beginning to its end.
    """

    def __init__(
        self, runner: Any, checkpoint_writer: CheckpointWriter, metrics: Metrics, whole_episodes: Callable[[], bool]
    ) -> None:
        self.runner, self.checkpoint_writer, self._metrics, self._whole_episodes = (
            runner,
            checkpoint_writer,
            metrics,
            whole_episodes,
        )
        self.start = Progress()
        self.iteration = 0
        self._random: dict[str, Any] | None = None
        self._ended = False
        self._watch = Watch(runner)
        self._latest: tuple[Progress, Callable[[], Any]] | None = None
        self._listen()

    def resume(self, checkpoint: Path, task: str) -> None:
        """Goes on from a checkpoint. See :func:`resume`."""
        resumed = resume(self.runner, checkpoint, task)
        self.start, self._random = totals(checkpoint, resumed, LIBRARY.name), resumed.random
        self.iteration = self._watch.iteration = self.start.iterations
        logger = self.runner.logger
        logger.tot_timesteps = self.start.steps
        logger.tot_time = logger.tot_time or self.start.seconds

    def learn_more(self, iterations: int, init_at_random_ep_len: bool) -> None:
        """The runner's ``learn()``.

        Raises:
            Diverged: When something of it is no longer finite.
        """
        with located(self._watch.found):
            self.runner.learn(iterations, init_at_random_ep_len)
        diverged = self._watch.weights_fault()
        if diverged is not None:
            raise diverged
        self._ended = True

    def save(self) -> Path | None:
        """See :meth:`..base.Training.save`."""
        path = self._path(self.iteration)
        if self._ended and path.exists():  # the runner has just saved it
            return path
        if self._save(str(path)):
            return path
        if self._latest is None:
            return None
        progress, weights = self._latest
        path = self._path(progress.iterations)
        self.checkpoint_writer.save(path.stem, _frozen(self.runner, progress, weights))
        return path

    def close(self) -> None:
        """See :meth:`..base.Training.close`."""
        logger = self.runner.logger
        if logger.writer is not None:
            # RSL-RL stops the writers of its own kind, and leaves TensorBoard's thread running
            logger.stop_logging_writer()
            close_writer(logger.writer)

    def _path(self, iterations: int) -> Path:
        """Of the checkpoint after a number of finished iterations, as the library names it."""
        return self.checkpoint_writer.run_dir / f"model_{max(iterations - 1, 0)}.pt"

    def _save(self, path: str, infos: dict | None = None) -> bool:
        """In the place of the runner's own: the file is there when it is whole."""
        frozen = freeze(self.runner, self.checkpoint_writer.progress(), Copies())
        if frozen is not None:
            self.checkpoint_writer.save(Path(path).stem, frozen)
            self.runner.logger.save_model(path, self.runner.current_learning_iteration)
        return frozen is not None

    def _listen(self) -> None:
        """Hears of what the library does from inside its ``learn()``."""
        runner, logger, best, latest = self.runner, self.runner.logger, Copies(), Copies()
        tolerate_undecodable_diffs(logger)
        init_logging_writer, log = logger.init_logging_writer, logger.log
        step, update, watch = runner.env.step, runner.alg.update, self._watch

        def step_and_remember(actions: torch.Tensor) -> tuple[Any, ...]:
            result = step(actions)
            watch.stepped = result[:2]
            return result

        def look_and_update() -> dict[str, float]:
            # the weights alone: with all of a checkpoint it would cost twice as much
            weights = latest.take(runner.alg.save(), watch.finite)
            if weights is None:
                raise watch.found() or ArithmeticError("A number is not finite.")
            if self.iteration > self.start.iterations:  # until then nothing is learned
                self._latest = (self.checkpoint_writer.progress(), weights)
            watch.updating = True
            return update()

        def init_and_mirror() -> None:
            init_logging_writer()
            mirror_scalars(logger.writer, self._metrics, self.checkpoint_writer.hold_and_retry)
            if self._random is not None:
                # nothing is drawn from here to the first action
                set_random_state(self._random)

        def log_and_keep(*args: Any, **kwargs: Any) -> None:
            if self.start.seconds:
                # its ETA divides the time of the whole training by the iterations since this one
                kwargs["start_it"] = 0
            log(*args, **kwargs)
            logger.writer.flush()
            self.iteration += 1
            diverged = watch.losses_fault(kwargs["loss_dict"])
            watch.iteration, watch.updating = self.iteration, False
            if diverged is not None:
                raise diverged
            window = logger.rewbuffer
            self.checkpoint_writer.iteration_finished(
                self.iteration - 1,
                self._metrics.last(MEAN_REWARD) if window else None,
                settled=len(window) == window.maxlen and self._whole_episodes(),
                # there is one best model, and the one before is of no use any more
                freeze=lambda: freeze(runner, self.checkpoint_writer.progress(), best),
            )

        logger.init_logging_writer, logger.log, runner.save = init_and_mirror, log_and_keep, self._save
        runner.env.step, runner.alg.update = step_and_remember, look_and_update


def freeze(runner: Any, progress: Progress, copies: Copies) -> CheckpointFiles | None:
    """The runner's model as it is, with everything to resume from it; None if a weight is not a finite number.

    Args:
        runner: RSL-RL's.
        progress: How far it has come.
        copies: Those of its weights; see :meth:`..tensors.Copies.take` for how long this one stays.
    """
    weights = copies.take(runner.alg.save())
    return None if weights is None else _frozen(runner, progress, weights)


def _frozen(runner: Any, progress: Progress, weights: Callable[[], Any]) -> CheckpointFiles:
    """A model of these weights; the window of episodes and the random generators are the runner's now."""
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
    }
    iteration = max(progress.iterations - 1, 0)
    return lambda stem: {f"{stem}.pt": _serialized({**weights(), "iter": iteration, "infos": {INFOS_KEY: kept}})}


def _finite(window: deque[float]) -> list[float]:
    """Those of a window of episodes whose numbers are finite: others would stay in its mean for long."""
    return [value for value in window if math.isfinite(value)]


def resume(runner: Any, checkpoint: Path, task: str) -> Resumed:
    """Loads a checkpoint into a runner so that ``learn()`` goes on after its iteration, not with it once more.

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
    # a checkpoint remembers the GPU that saved it, which this machine may not have
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


def _rnd_windows(runner: Any) -> dict[str, deque[float]]:
    """The logger's windows of extrinsic and intrinsic rewards, which it has with random network distillation only."""
    logger = runner.logger
    if getattr(runner.alg, "rnd", None) is None:
        return {}
    return {"extrinsic_rewards": logger.erewbuffer, "intrinsic_rewards": logger.irewbuffer}


def _restore_windows(runner: Any, kept: dict[str, Any]) -> None:
    """Restores the window of episodes over which the logger averages.

    With random network distillation the logger takes the means of all its windows as soon as one holds an episode. A
    checkpoint without the others, from a training without distillation say, therefore restores none of them.
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
        # a critic or an optimizer that changed since does not stand in the way of playing
        runner.load(str(checkpoint), {acting: True} if acting else None, map_location=runner.device)


def set_learning_rate(runner: Any, learning_rate: float) -> None:
    """Gives the optimizer a learning rate, and the adaptive schedule its starting point."""
    runner.alg.learning_rate = learning_rate
    for group in runner.alg.optimizer.param_groups:
        group["lr"] = learning_rate


def _serialized(saved: dict[str, Any]) -> bytes:
    # into memory first: of a full disk torch's own writer only says that it failed
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    return buffer.getvalue()
