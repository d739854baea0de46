# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Sweeps as ``rl-trainer sweep`` leaves them, with real runs, made in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.sweep.files import write_spec
from rl_trainer_ext.training.sweep.spec import Range, SweepSpec
from rl_trainer_ext.training.sweep.trials import SPEC, SWEEPS_FOLDER, SweepView, Trial, TrialState, write_view

from .runs_on_disk import TASK, make_run

RATE, GAMMA = "agent.algorithm.learning_rate", "agent.algorithm.gamma"
RATES, GAMMAS = (0.003, 0.001, 0.0003), (0.98, 0.99)


def make_trials(log_root: Path, count: int = 6, state: TrialState = TrialState.FINISHED) -> list[Trial]:
    """Trials with a run each; the fourth is the best."""
    found = []
    for index in range(count):
        rewards = [0.5 * step * (1.0 - 0.2 * abs(index - 3)) for step in range(1, 9)]
        run_dir = make_run(
            log_root, f"2026-11-28_05-02-{index:02d}_trial-{index + 1}", rewards=rewards,
            models=("model_0.pt", "model_7.pt", "best.pt"),
        )  # fmt: skip
        parameters = {RATE: RATES[index % 3], GAMMA: GAMMAS[index // 3 % 2]}
        best, checkpoint = rewards[-1], str(run_dir / "model_7.pt")
        values = {"value": best, "best": best, "iterations": 8, "run_dir": str(run_dir), "checkpoint": checkpoint}
        found.append(Trial(f"0a1b2_{index:05d}", index + 1, parameters, state, **values))
    return found


def make_sweep(
    log_root: Path,
    name: str = "2026-11-28_05-02-00",
    trials: Sequence[Trial] = (),
    state: str = "finished",
    **values: Any,
) -> Path:
    """A sweep with these trials; returns its folder."""
    folder = log_root / SWEEPS_FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    config = RunConfig(TASK, "rsl_rl", 16, 8, device="cpu", log_root=str(log_root))
    write_spec(folder / SPEC, SweepSpec(config, {RATE: Range("grid_search", RATES), GAMMA: Range("choice", GAMMAS)}))
    values = {"total": len(trials), "process": Process.current()} | values
    write_view(SweepView(folder, state, "mean_reward", "max", trials=tuple(trials), **values))
    return folder
