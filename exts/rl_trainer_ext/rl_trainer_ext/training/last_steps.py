# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The last steps of all environments, kept on their device: nothing waits for it until one of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from ..run_config import RunConfig
from ..runs.kept_steps import KeptSteps

LENGTH = 100
"""Number of steps that are kept."""


class LastSteps:
    """Keeps state, actions, observations, rewards, terms, commands and ends of the last steps.

    Args:
        env: The environment (unwrapped).
    """

    length = LENGTH

    def __init__(self, env: Any) -> None:
        self._env = env
        self.num_envs = int(env.num_envs)
        self.bytes = 0
        """Memory that it takes; 0 before the first step."""
        self._values: dict[str, torch.Tensor] = {}
        self._steps: list[int] = []
        self._count = 0

    @torch.inference_mode()
    def add(self, step: int, action: Any, result: Any) -> None:
        """Keeps a step.

        Args:
            step: Its number.
            action: What ``step`` was given.
            result: What ``step`` returned.
        """
        place = self._count % LENGTH
        self._count += 1
        self._steps = [*self._steps[-LENGTH + 1 :], step]
        for name, value in self._of_step(action, result):
            kept = self._values.get(name)
            if kept is None or kept.shape[1:] != value.shape:
                kept = self._values[name] = torch.zeros((LENGTH, *value.shape), dtype=value.dtype, device=value.device)
                self.bytes = sum(each.nbytes for each in self._values.values())
            kept[place].copy_(value)

    def _of_step(self, action: Any, result: Any) -> Iterator[tuple[str, torch.Tensor]]:
        observations, rewards, terminated, truncated, _ = result
        parts = {"action": action, "observation": observations, "reward": rewards}
        parts |= {"terminated": terminated, "truncated": truncated}
        for name, values in parts.items():
            yield from _flat(name, values)
        yield from _flat("state", self._env.scene.get_state(is_relative=True))
        manager = self._manager("reward_manager")
        if manager is not None and manager.active_terms:
            yield "reward_terms", manager._step_reward
        manager = self._manager("termination_manager")
        if manager is not None and manager.active_terms:
            yield "termination_terms", torch.stack([manager.get_term(name) for name in manager.active_terms], dim=1)
        manager = self._manager("command_manager")
        for name in () if manager is None else manager.active_terms:
            yield f"command/{name}", manager.get_command(name)

    def of(self, config: RunConfig, environment: int, sentence: str) -> KeptSteps:
        """Returns the kept steps of one environment, the oldest first."""
        order = [number % LENGTH for number in range(self._count - len(self._steps), self._count)]
        values = {name: kept[order, environment].cpu().numpy() for name, kept in self._values.items()}
        steps: np.ndarray = np.asarray(self._steps, np.int64)
        columns = self._columns()
        return KeptSteps(config.task, environment, self.num_envs, sentence, steps, values, columns, config)

    def _columns(self) -> dict[str, list[str]]:
        found = {}
        for name, owner in (("reward_terms", "reward_manager"), ("termination_terms", "termination_manager")):
            if (manager := self._manager(owner)) is not None:
                found[name] = list(manager.active_terms)
        manager = self._manager("observation_manager")
        if manager is not None:
            for group, terms in manager.active_terms.items():
                if manager.group_obs_concatenate[group] and len(manager.group_obs_dim[group]) == 1:
                    sizes = [int(np.prod(shape)) for shape in manager.group_obs_term_dim[group]]
                    found[f"observation/{group}"] = _numbered(zip(terms, sizes, strict=True))
        manager = self._manager("action_manager")
        if manager is not None:
            found["action"] = _numbered(zip(manager.active_terms, manager.action_term_dim, strict=True))
        return found

    def _manager(self, name: str) -> Any:
        """Returns a manager of the task; None where it has none."""
        return getattr(self._env, name, None)


def _numbered(terms: Any) -> list[str]:
    return [f"{name}[{n}]" if size > 1 else name for name, size in terms for n in range(size)]


def _flat(name: str, values: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(values, Mapping):
        for key, each in values.items():
            yield from _flat(f"{name}/{key}", each)
    else:
        yield name, torch.as_tensor(values)
