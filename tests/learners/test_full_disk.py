# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains on a disk that is full, cannot be written, or holds files that may not grow: nothing is lost."""

from __future__ import annotations

import contextlib
import functools
import io
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from helpers.checkpoint_writing import record
from helpers.disturbed_trainings import disturbed_after_the_third_iteration, train
from helpers.runs_made_here import weights
from helpers.small_disks import Filler
from helpers.tiny_trainings import LIBRARIES, TRAININGS, never_held, rsl_rl_training
from rl_trainer_ext.learners import checkpoint_writer as writing
from rl_trainer_ext.learners.events import ScalarWriter
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.metrics.reading import EventReader
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader as EventFileLoader

Undisturbed = Callable[[str], tuple[dict[str, torch.Tensor], list[int], list[float]]]
"""Returns weights, and steps and values of the mean reward, of a training with a library that nothing disturbs."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    @functools.cache
    def train_undisturbed(library: str) -> tuple[dict[str, torch.Tensor], list[int], list[float]]:
        training = TRAININGS[library](tmp_path_factory.mktemp("undisturbed") / "run")
        learned = weights(train(library, training))
        steps, values = training.metrics.get(MEAN_REWARD).points()
        return learned, steps.tolist(), values.tolist()

    return train_undisturbed


def assert_nothing_is_lost(library: str, run_dir: Path, saved: Path, undisturbed: Undisturbed) -> None:
    reader = EventReader(run_dir)
    reader.read()
    assert reader.problem == ""
    steps, values = reader.metrics.get(MEAN_REWARD).points()
    other, expected_steps, expected_values = undisturbed(library)
    assert all(torch.equal(value, other[name]) for name, value in weights(saved).items())
    assert steps.tolist() == expected_steps
    assert values.tolist() == pytest.approx(expected_values, rel=1e-6)
    assert all(weights(path) for path in run_dir.rglob("*.pt"))
    assert all(weights(path) for path in run_dir.glob("*.zip"))
    assert record(run_dir)["iterations"] == 12
    assert list(run_dir.glob(".saving*")) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_full_disk_holds_the_training_and_loses_nothing(small_disk, library, undisturbed):
    filler, run_dir = Filler(small_disk), small_disk / "run"
    training = disturbed_after_the_third_iteration(library, run_dir, filler.hold, lambda: filler.fill(100_000))
    saved = train(library, training)
    assert len(filler.said) == 2
    assert filler.said[0].startswith(f"The disk is full: {run_dir} needs ")
    assert " kB for the next checkpoint and has 98 kB." in filler.said[0]
    assert_nothing_is_lost(library, run_dir, saved, undisturbed)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_disk_that_fills_up_unnoticed_loses_nothing(small_disk, library, undisturbed, monkeypatch):
    # a quota, or another process: records of events and checkpoints fail half-written
    monkeypatch.setattr(writing, "free_bytes", lambda folder: 10**9)
    filler, run_dir = Filler(small_disk), small_disk / "run"
    training = disturbed_after_the_third_iteration(library, run_dir, filler.hold, lambda: filler.fill(0))
    saved = train(library, training)
    assert len(filler.said) >= 2
    assert_nothing_is_lost(library, run_dir, saved, undisturbed)


@pytest.mark.parametrize("library", LIBRARIES)
def test_files_that_may_not_grow_hold_the_training_and_nothing_is_lost(library, tmp_path, undisturbed):
    # where no file system can be mounted this is what there is of a full disk
    said, (soft, hard) = [], resource.getrlimit(resource.RLIMIT_FSIZE)

    def hold(why: str) -> None:
        said.append(why)
        if len(said) == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    training = disturbed_after_the_third_iteration(
        library, tmp_path / "run", hold, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    )
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # where that goes is a file too
            saved = train(library, training)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(said) >= 2
    assert said[0].startswith(f"{tmp_path / 'run'} cannot be written (File too large).")
    assert_nothing_is_lost(library, tmp_path / "run", saved, undisturbed)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_disk_that_cannot_be_written_for_a_while_loses_nothing(small_disk, library, undisturbed):
    said = []

    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(small_disk)], check=True)

    def hold(why: str) -> None:
        said.append(why)
        if len(said) == 2:
            remount("rw")

    run_dir = small_disk / "run"
    training = disturbed_after_the_third_iteration(library, run_dir, hold, lambda: remount("ro"))
    saved = train(library, training)
    assert len(said) >= 2
    assert (
        said[0] == f"{run_dir} cannot be written (Read-only file system). The training continues by itself once it can."
    )
    assert_nothing_is_lost(library, run_dir, saved, undisturbed)


def test_events_wait_for_room_and_are_whole(small_disk):
    filler, metrics = Filler(small_disk), Metrics()

    def hold_and_retry(error: BaseException, what: str) -> bool:
        filler.hold(f"{what}: {error}")
        return True

    writer = ScalarWriter(small_disk, metrics, hold_and_retry)
    for step in range(400):
        if step == 100:
            filler.fill(but_for=0)  # but for what is left of the last page, which takes a part of a record
        writer.add_scalar("rollout/ep_rew_mean", step / 2, step)
        writer.add_scalar("Loss/value", step / 4, step)
        writer.flush()
    writer.close()
    assert len(filler.said) == 2
    assert "No space left" in filler.said[0]
    (file,) = small_disk.glob("events.out.tfevents.*")
    events = [event for event in EventFileLoader(str(file)).Load() if event.summary.value]
    assert [event.step for event in events] == list(range(400))
    reader = EventReader(small_disk)
    reader.read()
    for tag, share in ((MEAN_REWARD, 0.5), ("Loss/value", 0.25)):
        steps, values = reader.metrics.get(tag).points()
        assert steps.tolist() == list(range(400))
        assert values.tolist() == [share * step for step in range(400)]


def test_a_run_that_ends_does_not_wait_and_uses_the_reserve(small_disk, tmp_path):
    filler = Filler(small_disk)
    training = rsl_rl_training(small_disk / "run", hold=never_held)
    training.save()
    filler.fill(but_for=writing.RESERVE // 2)
    training.checkpoint_writer.stop_requested = True
    training.iteration = 5
    assert weights(training.save())
    filler.file.unlink()
    filler.fill(but_for=0)
    before = {path.name: path.read_bytes() for path in (small_disk / "run").glob("*.pt")}
    training.iteration = 6
    with pytest.raises(OSError, match="No space left"):
        training.save()
    assert {path.name: path.read_bytes() for path in (small_disk / "run").glob("*.pt")} == before
