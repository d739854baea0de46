# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains in a folder that is removed, or whose disk is unmounted, in mid-training."""

from __future__ import annotations

import shutil

import pytest
from helpers.checkpoint_writing import CONFIG, Clock, finish, model, record
from helpers.disturbed_trainings import disturbed_after_the_third_iteration, train
from helpers.runs_made_here import weights
from helpers.tiny_trainings import LIBRARIES
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.metrics.reading import EventReader
from rl_trainer_ext.runs import RunRecord


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("stopping", [False, True], ids=["training", "stopping"])
def test_a_folder_that_is_removed_is_made_again_and_costs_no_weights(tmp_path, clock, stopping):
    folder, said = tmp_path / "run", []
    (folder / "params").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "params" / "agent.yaml").write_text("seed: 1")
    checkpoint_writer = CheckpointWriter(folder, lambda: Progress(7, 700, 7.0), said.append, clock)
    checkpoint_writer.begin(RunRecord.begin(folder, CONFIG))
    finish(checkpoint_writer, 0, 1.0)
    shutil.rmtree(folder)
    checkpoint_writer.stop_requested = stopping
    checkpoint_writer.save("model_1", model(b"weights"))
    assert (folder / "model_1.pt").read_bytes() == b"weights"
    assert (folder / "params" / "agent.yaml").read_text() == "seed: 1"
    assert (folder / "run.json").is_file()
    assert record(folder)["iterations"] == 7
    assert len(said) == (0 if stopping else 1)
    assert all("was removed while its run trains: it has been created again" in line for line in said)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_curves_continue_in_a_folder_that_was_removed(tmp_path, library):
    run_dir, said = tmp_path / "run", []
    training = disturbed_after_the_third_iteration(library, run_dir, said.append, lambda: shutil.rmtree(run_dir))
    training.checkpoint_writer.begin(RunRecord.begin(run_dir, CONFIG))
    saved = train(library, training)
    assert weights(saved)
    assert len(said) == 1
    reader = EventReader(run_dir)
    reader.read()
    assert reader.problem == ""
    steps, _ = reader.metrics.get(MEAN_REWARD).points()
    expected, _ = training.metrics.get(MEAN_REWARD).points()
    # RSL-RL logs an iteration before the folder is removed, Stable-Baselines3 afterwards
    assert steps.tolist() == expected[{"rsl_rl": 4, "sb3": 3, "skrl": 4, "rl_games": 3}[library] :].tolist()


def test_a_run_waits_for_its_log_root_unless_it_ends(tmp_path, clock):
    folder, away = tmp_path / "root" / "run", tmp_path / "unmounted"
    folder.mkdir(parents=True)

    def hold(why: str) -> None:
        assert "cannot be written" in why
        away.rename(folder.parent)

    checkpoint_writer = CheckpointWriter(folder, lambda: Progress(7, 700, 7.0), hold, clock)
    folder.parent.rename(away)
    checkpoint_writer.save("model_1", model(b"weights"))
    assert (folder / "model_1.pt").read_bytes() == b"weights"
    shutil.rmtree(folder.parent)
    checkpoint_writer.stop_requested = True
    checkpoint_writer.save("model_2", model(b"weights"))
    assert (folder / "model_2.pt").read_bytes() == b"weights"
