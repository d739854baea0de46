# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Chooses and writes the best checkpoint, keeps the record, and inherits both on resuming."""

from __future__ import annotations

import math

import pytest
from helpers.checkpoint_writing import CONFIG, Clock, finish, model, record
from helpers.disturbed_trainings import train
from helpers.runs_made_here import weights
from helpers.tiny_trainings import LIBRARIES, TRAININGS, never_held
from rl_trainer_ext.learners import checkpoint_writer as writing
from rl_trainer_ext.learners import resuming
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.runs import RunRecord, RunStatus


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def checkpoint_writer(tmp_path, clock):
    kept = CheckpointWriter(tmp_path, lambda: Progress(7, 700, 7.0), never_held, clock)
    kept.begin(RunRecord.begin(tmp_path, CONFIG))
    return kept


def test_the_best_is_the_highest_and_no_other(checkpoint_writer, clock, tmp_path):
    for iteration, reward in enumerate([None, -5.0, 2.0, math.nan, 1.0, math.inf, 2.0]):
        clock.now += writing.BEST_INTERVAL
        finish(checkpoint_writer, iteration, reward)
    assert (checkpoint_writer.best.iteration, checkpoint_writer.best.mean_reward) == (2, 2.0)
    assert (tmp_path / "best.pt").read_bytes() == b"2"
    assert record(tmp_path)["best"] == {"iteration": 2, "mean_reward": 2.0, "file": "best.pt"}


def test_whole_episodes_beat_those_that_began_in_their_middle(checkpoint_writer, clock, tmp_path):
    # where returns are negative, an episode that is cut off has a high one
    for iteration, (reward, settled) in enumerate([(-1.0, False), (-0.5, False), (-90.0, True), (-80.0, True)]):
        clock.now += writing.BEST_INTERVAL
        finish(checkpoint_writer, iteration, reward, settled)
        if settled:
            finish(checkpoint_writer, 50 + iteration, -0.1, settled=False)
    assert (checkpoint_writer.best.iteration, checkpoint_writer.best.mean_reward) == (3, -80.0)
    assert (tmp_path / "best.pt").read_bytes() == b"3"


def test_the_best_is_written_every_20_seconds_and_with_each_checkpoint(checkpoint_writer, clock, tmp_path):
    written = []
    for iteration in range(100):
        finish(checkpoint_writer, iteration, float(iteration))
        if (tmp_path / "best.pt").read_bytes() == str(iteration).encode():
            written.append(iteration)
        clock.now += 1.0
    assert written == [0, 20, 40, 60, 80]  # the first one at once
    # the better ones since are in memory, and are written with the next checkpoint at the latest
    assert checkpoint_writer.best.iteration == 99
    finish(checkpoint_writer, 100, 0.0)
    checkpoint_writer.save("model_100", model(b"model"))
    assert (tmp_path / "best.pt").read_bytes() == b"99"
    assert record(tmp_path)["best"]["iteration"] == 99


def test_a_better_model_is_written_later_even_if_none_follows(checkpoint_writer, clock, tmp_path):
    finish(checkpoint_writer, 0, 1.0)
    finish(checkpoint_writer, 1, 2.0)
    clock.now += 20.0
    finish(checkpoint_writer, 2, 0.0)
    assert (tmp_path / "best.pt").read_bytes() == b"1"


def test_a_model_that_is_not_finite_is_not_the_best(checkpoint_writer, clock):
    finish(checkpoint_writer, 1, 1.0)
    checkpoint_writer.iteration_finished(2, 5.0, True, lambda: None)
    assert checkpoint_writer.best.iteration == 1


def test_the_record_says_how_it_ended(checkpoint_writer, clock, tmp_path):
    checkpoint_writer.end(RunStatus.FAILED, "It broke.")
    ended = record(tmp_path)
    assert (ended["status"], ended["failure"]) == ("failed", "It broke.")
    assert (ended["iterations"], ended["steps"], ended["seconds"]) == (7, 700, 7.0)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_best_of_a_training_is_that_of_its_curve(tmp_path, library):
    training = TRAININGS[library](tmp_path)
    final = train(library, training)
    steps, rewards = training.metrics.get(MEAN_REWARD).points()
    checkpoint_writer = training.checkpoint_writer
    best = int(rewards.argmax())
    assert checkpoint_writer.best.mean_reward == pytest.approx(rewards.max())
    # what Stable-Baselines3 logs was collected by the model before the update; RSL-RL names its own by the same number
    # RL-Games counts from 1
    assert checkpoint_writer.best.iteration == best + (library == "rl_games")
    path = tmp_path / checkpoint_writer.best.file
    assert weights(path).keys() == weights(final).keys()
    assert (tmp_path / "best.pkl").exists() == (library == "sb3")
    assert len(steps) == 12


@pytest.fixture
def parent(tmp_path):
    """A run whose best model was reached in its iteration 4."""
    folder = tmp_path / "parent"
    folder.mkdir()
    made = RunRecord.begin(folder, CONFIG.replace(library="sb3"))
    for name in ("best.zip", "best.pkl", "model_160_steps.zip"):
        (folder / name).write_bytes(name.encode())
    made.update(iterations=9, steps=9, seconds=9, best=writing.Best(4, 3.0, "best.zip"), at_once=True)
    return folder


@pytest.mark.parametrize(
    ("resumed_at", "overrides", "inherits"),
    [(5, (), True), (4, (), True), (3, (), False), (5, ("env.sim.dt=0.1",), False), (5, ("agent.gamma=0.9",), True)],
)
def test_the_best_is_inherited_where_it_is_an_ancestor(parent, tmp_path, resumed_at, overrides, inherits):
    checkpoint, run_dir = parent / "model_160_steps.zip", tmp_path / "on"
    run_dir.mkdir()
    config = CONFIG.replace(library="sb3", overrides=overrides)
    best = resuming.inherit_best(checkpoint, Progress(resumed_at), config, run_dir, "best")
    assert (best is not None) == inherits
    assert {path.name for path in run_dir.iterdir()} == ({"best.zip", "best.pkl"} if inherits else set())


def test_the_best_of_a_run_with_a_folder_of_checkpoints_is_inherited(tmp_path):
    parent, run_dir = tmp_path / "from", tmp_path / "on"
    (parent / "checkpoints").mkdir(parents=True)
    run_dir.mkdir()
    checkpoint, best = (parent / "checkpoints" / name for name in ("agent_160.pt", "best_agent.pt"))
    best.write_bytes(b"best")
    config = CONFIG.replace(library="skrl")
    record = RunRecord.begin(parent, config)
    record.update(
        iterations=9, steps=9, seconds=9, best=writing.Best(4, 3.0, "checkpoints/best_agent.pt"), at_once=True
    )
    inherited = resuming.inherit_best(checkpoint, Progress(5), config, run_dir, "checkpoints/best_agent")
    assert inherited == writing.Best(4, 3.0, "checkpoints/best_agent.pt")
    assert (run_dir / inherited.file).read_bytes() == b"best"


def test_a_checkpoint_is_written_into_a_folder_of_the_run(tmp_path):
    writer = CheckpointWriter(tmp_path, Progress, never_held)
    writer.best_stem = "nn/best"
    writer.iteration_finished(1, 2.0, True, lambda: lambda stem: {f"{stem}.pt": stem.encode()})
    writer.save("nn/last_1", lambda stem: {f"{stem}.pt": b""})
    assert {path.name: path.read_bytes() for path in (tmp_path / "nn").iterdir()} == {
        "best.pt": b"nn/best",
        "last_1.pt": b"",
    }
    assert writer.best.file == "nn/best.pt"
