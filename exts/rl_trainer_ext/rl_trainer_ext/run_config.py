# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the user asked for: one frozen dataclass, validated, serialisable."""

from __future__ import annotations

import dataclasses
import errno
import math
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from .errors import UserError, shortened

MAX_NUM_ENVS = 1_000_000
"""More environments than any machine steps; larger numbers are typing errors."""

MAX_SEED = 2**32 - 1
"""The largest seed that NumPy, and so Stable-Baselines3, accepts."""

MAX_NAME_BYTES = 200
"""The longest experiment or run name: a file system takes 255 bytes, of which the time takes 20."""

PRESET_SELECTORS = ("physics", "renderer", "presets")
"""The overrides that choose presets of a task by name."""

_WITH_A_VALUE = (
    *("task", "library", "num_envs", "max_iterations", "seed", "device", "checkpoint", "log_root", "agent"),
    *("run_name", "experiment_name", "logger", "log_project_name", "video_length", "video_interval"),
    *("stop_reward", "stop_patience", "stop_minutes", "eval_interval", "eval_episodes"),
)
_FLAGS = ("keep_all_info", "fine_tune", "deterministic", "video", "keep_last_steps")
"""The options of ``rl-trainer train``, by the names of their values in :class:`RunConfig`."""

TRAIN_OPTIONS = (*_WITH_A_VALUE, *_FLAGS, "external", "overrides")
"""All that ``rl-trainer train`` takes for a training, and that a file can store."""

_WHOLE_NUMBERS = (
    *("num_envs", "max_iterations", "num_steps", "seed"),
    *("video_length", "video_interval", "stop_patience", "eval_interval", "eval_episodes"),
)

VIDEO_LENGTH, VIDEO_INTERVAL = 200, 2000
"""Environment steps of a clip, and from the beginning of one to the next, as Isaac Lab's command has them."""

EVAL_EPISODES = 100
"""Episodes of an evaluation."""

_DEVICE = re.compile(r"cpu|cuda(:\d+)?")
_REFUSED_BY_WINDOWS = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True)
class RunConfig:
    """One training run, or one playback of a checkpoint. The names are those of Isaac Lab's command line.

    ``None`` means the task's own value everywhere.

    Args:
        task: Gymnasium id of the task, such as ``Isaac-Cartpole-Direct``.
        library: RL library, such as ``rsl_rl``; empty for the one that the task names.
        num_envs: Number of parallel environments.
        max_iterations: Training iterations (one rollout and one policy update each); with a ``checkpoint``,
            additional ones.
        seed: Seed of environment and agent; -1 draws one.
        device: ``cpu`` or ``cuda:<index>``, for simulation and policy; None for the first GPU, or else the CPU.
        checkpoint: ``latest``, ``best``, ``best_evaluated`` or the path of a checkpoint: to resume from, or to play.
        log_root: Directory below which runs are written, as ``<library>/<experiment>/<time>``.
        agent: Key of the agent configuration in the task's registration; None for ``<library>_cfg_entry_point``.
        external: Modules to import before the task is looked up, for tasks of projects without an entry point. A run
            records them; they are not read back from its record, which may come from elsewhere.
        overrides: Hydra overrides and presets, such as ``env.sim.dt=0.01`` or ``physics=newton_mjwarp``.
        num_steps: Playback only: environment steps to play; None plays until stopped.
        speed: Playback only: multiple of real time; 0 plays as fast as the machine can.
        commands: Playback only: what the robots are commanded, such as ``base_velocity=0.5,0,0.2``, in place of the
            commands that the task samples. Not part of what a run records.
        trust: Whether the checkpoint may run code while it is read. Not part of what a run records.
        keep_all_info: Stable-Baselines3 only: hand all extra information of the environment to the library's callbacks,
            in a dictionary for each environment, which is slow.
        fine_tune: Training only: start a new training with the weights and normalisers of the checkpoint, instead of
            resuming its training. Optimizer and counters are new.
        video: Whether to record clips of the viewport.
        video_length: Environment steps of a clip; None for 200.
        video_interval: Environment steps from the beginning of a clip to the next; None for 2,000.
        stop_reward: Training only, like the next two: ends the training once the mean reward reaches this; None never.
        stop_patience: Ends the training once the mean reward has not risen for this many iterations.
        stop_minutes: Ends the training after the first iteration that ends this long after its first step [min].
        eval_interval: Training only: evaluates it every this many iterations, in a process beside it; None never.
        eval_episodes: Episodes of each of these evaluations; None for 100.
        run_name: Appended to the time in the name of the run's folder; None for what the agent's configuration says.
        experiment_name: Folder of the runs below the library's; None for what the agent's configuration says.
        logger: Where the library logs besides the run's folder, such as ``wandb``; None for what the agent's
            configuration says.
        log_project_name: Name of the project there.
        keep_last_steps: Whether the last 100 steps of all environments are kept in memory, and those of the first
            environment with a value that is no finite number written to a file.
        deterministic: Whether physics and PyTorch use deterministic algorithms, which may be slower.
    """

    task: str
    library: str
    num_envs: int | None = None
    max_iterations: int | None = None
    seed: int | None = None
    device: str | None = None
    checkpoint: str | None = None
    log_root: str = "logs"
    agent: str | None = None
    overrides: tuple[str, ...] = ()
    num_steps: int | None = None
    speed: float = 1.0
    commands: tuple[str, ...] = ()
    trust: bool = False
    keep_all_info: bool = False
    fine_tune: bool = False
    run_name: str | None = None
    experiment_name: str | None = None
    logger: str | None = None
    log_project_name: str | None = None
    deterministic: bool = False
    keep_last_steps: bool = False
    external: tuple[str, ...] = ()
    video: bool = False
    video_length: int | None = None
    video_interval: int | None = None
    stop_reward: float | None = None
    stop_patience: int | None = None
    stop_minutes: float | None = None
    eval_interval: int | None = None
    eval_episodes: int | None = None

    @property
    def agent_entry_point(self) -> str:
        """The key of the agent configuration in the task's registration; empty without a library."""
        return self.agent or (f"{self.library}_cfg_entry_point" if self.library else "")

    @property
    def log_root_path(self) -> Path:
        """The log root as an absolute path."""
        return Path(self.log_root).expanduser().absolute()

    def validate(self) -> None:
        """Checks everything that can be checked without Isaac Lab.

        Raises:
            UserError: With one sentence, for the first value that cannot be right.
        """
        if not self.task:
            raise UserError("No task is chosen: choose one, such as Isaac-Cartpole-Direct.")
        for key in _WHOLE_NUMBERS:
            check_number(key, getattr(self, key))
        for key in ("stop_reward", "stop_minutes"):
            check_real_number(key, getattr(self, key))
        if self.device is not None and not _DEVICE.fullmatch(self.device):
            raise UserError(f"There is no device '{shortened(self.device)}': use cpu, or cuda:<index> such as cuda:0.")
        for key in ("run_name", "experiment_name"):
            if getattr(self, key) is not None:
                check_folder_name(key, getattr(self, key))
        if self.fine_tune and self.checkpoint is None:
            raise UserError("Fine-tuning starts from a checkpoint: add --checkpoint with latest, best or a path.")
        if not math.isfinite(self.speed) or self.speed < 0:
            raise UserError(
                f"speed must be 0 (as fast as possible) or a positive multiple of real time, not {self.speed}."
            )
        check_path("log root", self.log_root)
        check_path("checkpoint", self.checkpoint or "")
        if re.match(r"wandb:|[a-z][\w+.-]*://", self.checkpoint or "", re.IGNORECASE):
            named = shortened(str(self.checkpoint))
            raise UserError(f"The checkpoint {named} is not on this machine: download it, and give its path.")
        for label, path in (("log root", str(self.log_root_path)), ("checkpoint", self.checkpoint or "")):
            if not _is_text(path):
                raise UserError(
                    f"The path of the {label} is not valid UTF-8 ({shortened(path)}): give one that is, or start the "
                    "program in a UTF-8 locale, such as LC_ALL=C.UTF-8."
                )
        check_external(self.external)
        for override in self.overrides:
            if not _is_text(override):
                raise UserError(
                    f"The override '{shortened(override)}' is not valid UTF-8: type it again, or start the program in "
                    "a UTF-8 locale, such as LC_ALL=C.UTF-8."
                )
            if not re.fullmatch(r"[+~]{0,2}[A-Za-z_][\w.@/-]*(=.*)?", override, re.DOTALL) or (
                "=" not in override and not override.startswith("~")
            ):
                raise UserError(
                    f"'{shortened(override)}' is not a Hydra override: write key=value, "
                    "such as env.sim.dt=0.01 or physics=newton_mjwarp."
                )

    def replace(self, **changes: Any) -> RunConfig:
        """A copy with some values changed."""
        return dataclasses.replace(self, **changes)

    def train_command(self) -> str:
        """Returns the command line that trains as this configuration says, quoted for a shell."""
        return shlex.join(["rl-trainer", *self.train_words()])

    def train_words(self) -> list[str]:
        """Returns the words of that command line after the name of the program."""
        words = ["train"]
        for name in _WITH_A_VALUE:
            value = getattr(self, name)
            if value not in (None, ""):
                words += [f"--{name}", str(value)]
        words += [f"--{name}" for name in _FLAGS if getattr(self, name)]
        for name in self.external:
            words += ["--external", name]
        return [*words, *self.overrides]

    def to_dict(self) -> dict[str, Any]:
        """Returns the values as plain JSON types."""
        values = dataclasses.asdict(self)
        values["overrides"], values["external"] = list(self.overrides), list(self.external)
        del values["trust"], values["commands"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RunConfig:
        """Returns the inverse of :meth:`to_dict`, without :attr:`external`: importing a module runs its code.

        Unknown keys are ignored, so that newer files can be read.
        """
        known = {field.name for field in dataclasses.fields(cls)} - {"trust", "external", "commands"}
        kept = {key: value for key, value in values.items() if key in known}
        kept["overrides"] = tuple(kept.get("overrides", ()))
        return cls(**kept)


def check_external(names: Sequence[str]) -> None:
    """Checks the names of modules that register tasks, without importing them.

    Raises:
        UserError: For a name that is empty or given twice.
    """
    for name in names:
        if not name.strip():
            raise UserError("--external needs the name of a module that registers tasks: give one.")
        if names.count(name) > 1:
            raise UserError(f"--external names {shortened(name)} twice: leave one out.")


def check_path(what: str, path: str) -> None:
    """Checks that a text can be a path; whether something is there is another matter.

    Raises:
        UserError: When this machine has no such path: of an unknown user, or too long.
    """
    try:
        Path(path).expanduser().stat()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return
        problem = "it is too long"
    except RuntimeError:
        problem = "there is no such user"
    except ValueError:
        problem = "it has characters that no path has"
    else:
        return
    raise UserError(f"The {what} '{shortened(path)}' cannot be a path ({problem}): give another.")


def _is_text(value: str) -> bool:
    """Whether a text can be written in UTF-8; a path from the command line or a file name may hold other bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_number(key: str, value: int | None, label: str = "") -> None:
    """Checks the range of one of a :class:`RunConfig`'s whole numbers.

    Args:
        key: Its name there.
        value: The number; None follows the task.
        label: What the user knows it by; its name where that is empty.

    Raises:
        UserError: With the range.
    """
    if key == "seed":
        if value != -1:
            _check_integer(label or key, value, 0, MAX_SEED, "-1 draws one")
        return
    _check_integer(label or key, value, 1, MAX_NUM_ENVS if key == "num_envs" else None)


def check_real_number(key: str, value: float | None, label: str = "") -> None:
    """Checks one of a :class:`RunConfig`'s numbers that need not be whole, as :func:`check_number`."""
    if value is None or (math.isfinite(value) and (value > 0 or key != "stop_minutes")):
        return
    wanted = "a positive number" if key == "stop_minutes" else "a number"
    raise UserError(f"{label or key} must be {wanted}, not {shortened(str(value))}.")


def _check_integer(name: str, value: int | None, lowest: int, highest: int | None, hint: str = "") -> None:
    if value is None:
        return
    span = f"at least {lowest}" if highest is None else f"from {lowest} to {highest:,}"
    if value < lowest or (highest is not None and value > highest):
        more = f" ({hint})" if hint else ""
        raise UserError(f"{name} must be a whole number {span}{more}, not {shortened(str(value))}.")


def check_folder_name(key: str, name: str) -> None:
    """Checks a name that becomes part of a run's folder: it must neither nest, hide, nor leave the log root.

    Raises:
        UserError: When it cannot be the name of a folder that the run list finds.
    """
    if not isinstance(name, str) or not name.strip():
        problem = "it must be a text that is not empty"
    elif "/" in name or "\\" in name:
        problem = "it names one folder below the log root, without slashes"
    elif name.startswith("."):
        problem = "it must not start with a dot, which hides a folder"
    elif sys.platform == "win32" and PureWindowsPath(name).is_reserved():
        problem = "Windows keeps this name for a device"
    elif sys.platform == "win32" and (_REFUSED_BY_WINDOWS.search(name) or name.endswith((".", " "))):
        problem = 'Windows refuses < > : " | ? * in it, and a dot or space at its end'
    elif not name.isprintable() or len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        problem = f"it must be printable and at most {MAX_NAME_BYTES} bytes long"
    else:
        return
    raise UserError(f"{key}={shortened(str(name))} cannot name a run's folder: {problem}.")
