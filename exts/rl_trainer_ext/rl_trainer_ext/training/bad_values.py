# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds the first observation, reward or action of a run that is no finite number, and keeps the steps before it.

A playback is always looked at, a training only where its last steps are kept: it checks its rollouts itself, once an
iteration.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import wording
from ..isaac_lab.simulation import SteppedEnv
from ..run_config import RunConfig
from ..runs import kept_steps

if TYPE_CHECKING:  # imports torch
    from .last_steps import LastSteps


class BadValues:
    """Looks at each step of a run until it has found one. It never ends the run."""

    def __init__(self) -> None:
        self.found = ""
        """What is no finite number, and where its last steps are; empty while nothing was found."""
        self.file: Path | None = None
        """The file with the last steps before it."""
        self._kept: LastSteps | None = None
        self._env: SteppedEnv | None = None
        self._folder: Path | None = None
        self._config: RunConfig | None = None

    @property
    def where_kept(self) -> str:
        """How to look at the last steps, in one sentence; empty without a file."""
        return "" if self.file is None else f"The steps before it are kept: rl-trainer replay {self.file}"

    @property
    def words(self) -> str:
        """What was found, or how much memory the last steps take, in one sentence; or empty."""
        if self.found or self._kept is None or not self._kept.bytes:
            return self.found
        count, size = wording.whole(self._kept.num_envs), wording.file_size(self._kept.bytes)
        return f"Keeps the last {self._kept.length} steps of {count} environments in {size}."

    @contextlib.contextmanager
    def of(self, env: SteppedEnv, config: RunConfig, run_dir: Path | None, playing: bool) -> Iterator[None]:
        """Within the block, the steps of an environment are looked at.

        Args:
            env: The environment.
            config: What was asked for.
            run_dir: The run's folder, which gets the file; None for none.
            playing: Whether it is a playback.
        """
        keeps = config.keep_last_steps and run_dir is not None
        if not playing and not keeps:
            yield
            return
        if keeps:
            from .last_steps import LastSteps

            self._kept = LastSteps(env.unwrapped)
        self._env, self._folder, self._config = env, run_dir, config
        env.after_step += (self._look,)
        try:
            yield
        finally:
            self._unhook()
            self._env = self._kept = None

    def _unhook(self) -> None:
        if self._env is not None:
            self._env.after_step = tuple(look for look in self._env.after_step if look != self._look)

    def _look(self, action: Any, result: Any) -> None:
        from ..learners.divergence import Kind, Signal, described, first_fault
        from ..learners.tensors import all_finite

        env = self._env
        assert env is not None
        if self._kept is not None:
            self._kept.add(env.step_count, action, result)
        observations, rewards = result[0], result[1]
        signals = [Signal(Kind.OUTPUT, _noun("the action", name), each[None]) for name, each in _tensors(action)]
        # an observation follows from the action, and belongs to the next step
        signals += [Signal(Kind.OBSERVATION, name, each[None], 1) for name, each in _tensors(observations)]
        signals += [Signal(Kind.REWARD, _noun("the reward", name), each[None]) for name, each in _tensors(rewards)]
        if all_finite([signal.values for signal in signals]):
            return
        fault = first_fault(signals)
        if fault is None:
            return
        words = described(fault, env.unwrapped)
        self.found = f"In step {env.step_count:,}, {words}"
        if self._kept is not None and self._folder is not None:
            self._write(self._kept, fault.environment)
        self._unhook()

    def _write(self, kept: LastSteps, environment: int) -> None:
        env, folder, config = self._env, self._folder, self._config
        assert env is not None
        assert folder is not None
        assert config is not None
        file = folder / kept_steps.FOLDER / f"step_{env.step_count}_env_{environment}.npz"
        try:
            kept_steps.write(file, kept.of(config, environment, self.found))
        except OSError as error:
            self.found += f" The steps before it could not be written to {file}: {error.strerror or error}."
            return
        self.file = file
        self.found += f" {self.where_kept}"


def _tensors(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the tensors of nested dictionaries, with their names."""
    import torch

    if isinstance(values, Mapping):
        for key, each in values.items():
            yield from _tensors(each, f"{name}-{key}" if name else str(key))
    else:
        yield name, torch.as_tensor(values)


def _noun(noun: str, name: str) -> str:
    return f"{noun} of {name}" if name else noun
