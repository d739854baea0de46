# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RSL-RL's runners, logger and environment, extended to report what happens inside ``learn()``.

The library's ``learn()`` has no callbacks. These are subclasses of what it calls: the environment's ``step()``, the
logger's methods and the runner's ``save()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from rsl_rl.env import VecEnv
from rsl_rl.runners import DistillationRunner, OnPolicyRunner
from rsl_rl.utils.log_writer import LogWriter
from rsl_rl.utils.logger import Logger

from ...errors import UserError
from ...metrics import Metrics
from ..events import HoldAndRetry, ScalarWriter, add_metric
from .format import LIBRARY


class RunnerCallbacks(Protocol):
    """What a training does inside a runner's ``learn()``."""

    def on_learning_started(self) -> None:
        """Called when the log writer exists, before the first action."""

    def on_rollout_finished(self) -> None:
        """Called after the last step of a rollout, before the update."""

    def on_iteration_finished(self, losses: Mapping[str, float]) -> None:
        """Called with the losses of an update, by name, when the scalars of its iteration are written."""

    def on_save(self, path: Path) -> None:
        """Called to write a checkpoint."""


class LastStepEnv(VecEnv):
    """Passes everything on to an environment, and stores what its last step returned.

    Args:
        env: The environment.
    """

    def __init__(self, env: VecEnv) -> None:
        self._env = env
        self.last_step: tuple[Any, torch.Tensor] | None = None
        """Observations by group, and rewards of shape (environments,); None before the first step."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    @property
    def episode_length_buf(self) -> torch.Tensor:
        """Steps in the current episode of each environment; the runner may set it."""
        return self._env.episode_length_buf

    @episode_length_buf.setter
    def episode_length_buf(self, value: torch.Tensor) -> None:
        self._env.episode_length_buf = value

    def get_observations(self) -> Any:
        """Returns the current observations, by group."""
        return self._env.get_observations()

    def step(self, actions: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor, dict]:
        """Steps the environments with actions of shape (environments, actions)."""
        result = self._env.step(actions)
        self.last_step = result[:2]
        return result


class MirroringWriter(LogWriter):
    """Passes everything on to a log writer, and adds the scalars to the metrics.

    Args:
        writer: One for another service than TensorBoard, such as Weights & Biases.
        metrics: Gets the scalars.
    """

    def __init__(self, writer: LogWriter, metrics: Metrics) -> None:
        self._writer, self._metrics = writer, metrics

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        add_metric(self._metrics, tag, float(scalar_value), global_step, LIBRARY.name)
        self._writer.add_scalar(tag, scalar_value, global_step)

    def save_model(self, model_path: str, it: int) -> None:
        self._writer.save_model(model_path, it)

    def save_file(self, path: str) -> None:
        self._writer.save_file(path)

    def save_video(self, video: Path, it: int) -> None:
        self._writer.save_video(video, it)

    def stop(self) -> None:
        self._writer.stop()


class CallbackLogger(Logger):
    """RSL-RL's logger, which writes TensorBoard's events itself and calls a training back.

    Args:
        training: Called back.
        metrics: Gets the scalars.
        hold_and_retry: Called when the event file cannot be written.
        arguments: Those of RSL-RL's logger.
    """

    cfg: dict[str, Any]
    writer: LogWriter | ScalarWriter | None

    def __init__(
        self, training: RunnerCallbacks, metrics: Metrics, hold_and_retry: HoldAndRetry, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self._training, self._metrics, self._hold_and_retry = training, metrics, hold_and_retry
        self._steps = 0
        self.has_earlier_time = False
        """Whether :attr:`tot_time` includes the time of the training that was resumed."""

    def init_logging_writer(self) -> None:
        """Creates the writer."""
        if self.cfg.get("logger", "tensorboard") == "tensorboard":
            # RSL-RL deep-copies the section, but not a function in it. The result is not a LogWriter: for these RSL-RL
            # searches the whole folder for videos after each iteration
            make = lambda log_dir: ScalarWriter(  # noqa: E731
                Path(log_dir), self._metrics, self._hold_and_retry, LIBRARY.name
            )
            self.cfg = {**self.cfg, "logger": {"class_name": make}}
        super().init_logging_writer()
        if isinstance(self.writer, LogWriter):
            self.writer = MirroringWriter(self.writer, self._metrics)
        self._training.on_learning_started()

    def process_env_step(
        self, rewards: torch.Tensor, dones: torch.Tensor, extras: dict, intrinsic_rewards: torch.Tensor | None = None
    ) -> None:
        """Adds what a step returned to the windows of episodes."""
        super().process_env_step(rewards, dones, extras, intrinsic_rewards)
        self._steps += 1
        if self._steps == self.cfg["num_steps_per_env"]:
            self._steps = 0
            with torch.inference_mode(False):
                self._training.on_rollout_finished()

    def log(self, it: int, start_it: int, *args: Any, loss_dict: dict, **kwargs: Any) -> None:
        """Writes and prints the scalars of an iteration."""
        # its ETA divides the whole time by the iterations since ``start_it``
        super().log(it, 0 if self.has_earlier_time else start_it, *args, loss_dict=loss_dict, **kwargs)
        if isinstance(self.writer, ScalarWriter):
            self.writer.flush()
        self._training.on_iteration_finished(loss_dict)

    def close(self) -> None:
        """Writes out and closes the writer.

        Raises:
            OSError: When the event file cannot be written and the run does not wait.
        """
        self.stop_logging_writer()
        if isinstance(self.writer, ScalarWriter):
            self.writer.close()

    def _store_code_state(self) -> list[str]:
        """Stores the git diffs of the code, with bytes that are not UTF-8 escaped.

        GitPython returns such bytes as surrogates, and RSL-RL's strict write of them would end the training.
        """
        interrupted = False
        folder = Path(str(self.log_dir), "git")
        before = set(folder.glob("*.diff"))
        while True:
            try:
                stored = super()._store_code_state()
                break
            except UnicodeEncodeError as error:
                # RSL-RL has just created this file, and skips those that exist when it is called again
                begun = [path for path in set(folder.glob("*.diff")) - before if path.stat().st_size == 0]
                if len(begun) != 1:
                    raise
                begun[0].write_text(error.object, encoding="utf-8", errors="backslashreplace")
                interrupted = True
        # the last call skips what the interrupted ones have stored
        return sorted(map(str, set(folder.glob("*.diff")) - before)) if interrupted else stored


class CallbackRunner(OnPolicyRunner):
    """A runner that calls a training back.

    Args:
        env: The environment.
        train_cfg: The runner's configuration.
        log_dir: Folder of the run.
        device: Device of the networks.
        training: Called back.
        metrics: Gets the scalars.
        hold_and_retry: Called when the event file cannot be written.
    """

    env: LastStepEnv
    logger: CallbackLogger

    def __init__(
        self,
        env: VecEnv,
        train_cfg: dict,
        log_dir: str,
        device: str,
        training: RunnerCallbacks,
        metrics: Metrics,
        hold_and_retry: HoldAndRetry,
    ) -> None:
        super().__init__(LastStepEnv(env), train_cfg, log_dir, device)
        self._training = training
        self.logger = CallbackLogger(
            training,
            metrics,
            hold_and_retry,
            log_dir=log_dir,
            cfg=self.cfg,
            env_cfg=self.env.cfg,
            num_envs=self.env.num_envs,
            is_distributed=self.is_distributed,
            gpu_world_size=self.gpu_world_size,
            gpu_global_rank=self.gpu_global_rank,
            device=self.device,
        )

    def save(self, path: str, infos: dict | None = None) -> None:
        """Lets the training write the checkpoint."""
        self._training.on_save(Path(path))


class CallbackDistillationRunner(CallbackRunner, DistillationRunner):
    """A runner of distillations that calls a training back."""


def runner_class(name: str) -> type[CallbackRunner]:
    """Returns the runner for a ``class_name`` of Isaac Lab's configurations.

    Raises:
        UserError: When Isaac Lab has no runner of this name.
    """
    classes = {"OnPolicyRunner": CallbackRunner, "DistillationRunner": CallbackDistillationRunner}
    if name not in classes:
        raise UserError(f"'agent.class_name={name}' is no runner of RSL-RL: choose {' or '.join(classes)}.")
    return classes[name]
