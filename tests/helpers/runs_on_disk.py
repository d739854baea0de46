# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Run directories as the libraries leave them, with real event files, made in milliseconds."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rl_trainer_ext.runs import Run, list_runs
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.summary.writer.record_writer import RecordWriter

TASK = "Isaac-Cartpole-Direct"
REWARD_TAG = {
    "rsl_rl": "Train/mean_reward",
    "sb3": "rollout/ep_rew_mean",
    "skrl": "Reward / Total reward (mean)",
    "rl_games": "rewards/iter",
}
OLD = 1_790_000_000.0
"""A time long before any test [unix s]."""


def make_run(
    log_root: Path,
    name: str = "2026-09-21_10-00-00",
    *,
    library: str = "rsl_rl",
    experiment: str = "cartpole_direct",
    task: str = TASK,
    rewards: Sequence[float] = (),
    first_step: int = 0,
    models: Sequence[str] = (),
    max_iterations: int = 100,
    manifest: bool = True,
    created: float = OLD,
) -> Path:
    """A run of 4 environments and 16 steps an iteration; ``models`` are file names. Nothing in it is recent."""
    run_dir = log_root / library / experiment / name
    (run_dir / "params").mkdir(parents=True)
    if manifest:
        values = {
            "version": 1,
            "library": library,
            "task": task,
            "created_at": datetime.fromtimestamp(created, UTC).isoformat(),
            "metadata": {"agent": f"{library}_cfg_entry_point"},
        }
        (run_dir / "run.json").write_text(json.dumps(values))
    (run_dir / "params" / "env.yaml").write_text("scene:\n  num_envs: 4\nsize: !!python/tuple\n- 1\n- 2\n")
    length = {
        "rsl_rl": f"max_iterations: {max_iterations}",
        "sb3": f"n_timesteps: {max_iterations * 64}",
        "skrl": f"trainer:\n  timesteps: {max_iterations * 16}",
        "rl_games": f"params:\n  seed: 7\n  config:\n    name: cartpole_direct\n    max_epochs: {max_iterations}",
    }[library]
    rollout = {
        "rsl_rl": "num_steps_per_env: 16\nsave_interval: 50",
        "sb3": "n_steps: 16",
        "skrl": "agent:\n  rollouts: 16",
        "rl_games": "    horizon_length: 16\n    save_frequency: 50",
    }[library]
    (run_dir / "params" / "agent.yaml").write_text(f"seed: 7\n{length}\n{rollout}\n")
    for model in models:
        (run_dir / model).parent.mkdir(exist_ok=True)
        make_checkpoint(run_dir / model)
    if rewards:
        scale = {"rsl_rl": 1, "sb3": 64, "skrl": 16, "rl_games": 1}[library]
        steps = [(first_step + index) * scale for index in range(len(rewards))]
        write_events(run_dir, REWARD_TAG[library], steps, rewards)
    age(run_dir)
    return run_dir


def only(log_root: Path, cache_dir: Path) -> Run:
    """Reads the one run of a log root."""
    (run,) = list_runs(log_root, cache_dir)
    return run


def make_checkpoint(path: Path, steps: int = 0) -> None:
    """An archive, as checkpoints of both libraries are, without weights."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", json.dumps({"num_timesteps": steps}))


def write_events(run_dir: Path, tag: str, steps: Sequence[int], values: Sequence[float]) -> Path:
    """A real event file with one scalar, a second between two points."""
    with tensorboard_writer(run_dir) as writer:
        for step, value in zip(steps, values, strict=True):
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            writer.add_event(Event(wall_time=OLD + step, step=step, summary=summary))
    return max(run_dir.glob("*tfevents*"), key=lambda path: path.stat().st_mtime_ns)


def write_record(path: Path, content: bytes) -> None:
    """A file of one whole record, which need not be an event."""
    with path.open("wb") as file:
        RecordWriter(file).write(content)


@contextmanager
def tensorboard_writer(run_dir: Path) -> Iterator[EventFileWriter]:
    """TensorBoard's own writer, closed at the end."""
    writer = EventFileWriter(str(run_dir))
    try:
        yield writer
    finally:
        writer.close()


def age(run_dir: Path) -> None:
    """Makes all files of a run old, as if not touched for a day."""
    for path in run_dir.rglob("*"):
        os.utime(path, (OLD, OLD))
