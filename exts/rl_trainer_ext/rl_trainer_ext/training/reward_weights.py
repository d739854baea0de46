# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Changes reward weights of a manager-based task while its training runs, between two steps of the environment."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UserError, shortened
from ..isaac_lab.simulation import SteppedEnv
from ..learners.checkpoint_writer import CheckpointWriter
from ..metrics import Mark, Metrics
from ..overrides.hydra import nearest
from ..runs.reward_changes import RewardChange, listed_changes
from ..system.atomic_files import atomic_write_text
from .counters import Counters


class RewardWeights:
    """The weights of a training's reward terms. The user's changes are applied before the next step.

    Args:
        counters: Those of the run.
        metrics: Those of the run; its curves get a mark for each change.
    """

    def __init__(self, counters: Counters, metrics: Metrics) -> None:
        self._counters, self._metrics = counters, metrics
        self._env: SteppedEnv | None = None
        self._manager: Any = None
        self._writer: CheckpointWriter | None = None
        self._wanted: dict[str, float] = {}
        self.changes: tuple[RewardChange, ...] = ()
        """What the user has changed so far."""

    @property
    def weights(self) -> tuple[tuple[str, float], ...]:
        """The terms and their weights, which a curriculum may change too; empty where they cannot be changed."""
        manager = self._manager
        if manager is None:
            return ()
        return tuple((term, float(manager.get_term_cfg(term).weight)) for term in manager.active_terms)

    @property
    def words(self) -> str:
        """What was changed and what follows from it, in one sentence; empty while nothing was."""
        if not self.changes:
            return ""
        return f"Reward weights were changed ({listed_changes(self.changes)}): its command does not repeat this run."

    @contextlib.contextmanager
    def of(self, env: SteppedEnv, writer: CheckpointWriter) -> Iterator[None]:
        """Within the block, the weights of an environment can be changed, if it has a reward manager."""
        manager = getattr(env.unwrapped, "reward_manager", None)
        self._env, self._writer = env, writer
        self._manager = manager if hasattr(manager, "set_term_cfg") else None
        try:
            yield
        finally:
            env.before_step = self._env = self._manager = self._writer = None
            self._wanted.clear()

    def change(self, task: str, term: str, weight: float) -> None:
        """Changes a weight before the next step.

        Raises:
            UserError: When the task has no such weight, or it is no finite number.
        """
        manager, env = self._manager, self._env
        if env is None:
            raise UserError("No training takes steps now: change the weight in the settings before the next one.")
        if manager is None:
            raise UserError(
                f"The reward weights of {task} cannot be changed while it runs, because it has no reward manager: stop "
                "it and change its settings."
            )
        if term not in manager.active_terms:
            raise UserError(f"{task} has no reward term '{shortened(term)}'{nearest(term, manager.active_terms)}")
        if not math.isfinite(weight):
            raise UserError(f"The weight of {term} must be a finite number, not {weight}.")
        self._wanted[term] = float(weight)
        env.before_step = self._apply

    def _apply(self) -> None:
        """Applies what is wanted. Called by the environment before it steps, inside the run's task."""
        env, manager, writer = self._env, self._manager, self._writer
        assert env is not None
        assert writer is not None
        env.before_step = None
        wanted, self._wanted = self._wanted, {}
        counters, changed = self._counters, []
        for term, weight in wanted.items():
            cfg = manager.get_term_cfg(term)
            before = float(cfg.weight)
            if before == weight:
                continue
            cfg.weight = weight
            manager.set_term_cfg(term, cfg)
            changed.append(RewardChange(term, before, weight, counters.iteration, counters.steps, time.time()))
        if not changed:
            return
        self.changes += tuple(changed)
        self._metrics.marks += [Mark(one.time, one.words) for one in changed]
        if writer.record is not None:
            writer.record.reward_changes = self.changes
            writer.note(at_once=True)
        _mark_command(writer.run_dir, self.changes)


def _mark_command(run_dir: Path, changes: tuple[RewardChange, ...]) -> None:
    """Says in the file with the run's command, if it has one, that the command does not repeat the run."""
    file = run_dir / "command.txt"
    with contextlib.suppress(OSError):  # the record says it too
        command = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        remarks = [f"# Not repeated by this command: reward weight {one.words}" for one in changes]
        atomic_write_text(file, "\n".join([*command, *remarks]) + "\n", durable=False)
