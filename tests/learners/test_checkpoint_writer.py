# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is kept of a training: the best checkpoint, whole files, and everything when the disk is full."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from helpers.runs_made_here import weights
from helpers.tiny_trainings import EPISODE, NUM_ENVS, never_held, rsl_rl_training, sb3_training, train_rsl_rl, train_sb3
from rl_trainer_ext.learners import checkpoint_writer as writing
from rl_trainer_ext.learners import resuming
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.learners.events import ScalarWriter
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.metrics.reading import EventReader
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import RunRecord, RunStatus
from rl_trainer_ext.system.disk import free_bytes
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader as EventFileLoader

CONFIG = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl")


class Clock:
    """A clock that the test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def model(self, content: bytes):
        """A model whose file holds ``content``."""
        return lambda stem: {f"{stem}.pt": content}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def checkpoint_writer(tmp_path, clock):
    kept = CheckpointWriter(tmp_path, lambda: Progress(7, 700, 7.0), never_held, clock)
    kept.begin(RunRecord.begin(tmp_path, CONFIG))
    return kept


def finish(writer: CheckpointWriter, clock: Clock, iteration: int, reward: float | None, settled: bool = True) -> None:
    writer.iteration_finished(iteration, reward, settled, lambda: clock.model(f"{iteration}".encode()))


def record(folder: Path) -> dict:
    return json.loads((folder / "rl_trainer.json").read_text())


def test_the_best_is_the_highest_and_no_other(checkpoint_writer, clock, tmp_path):
    for iteration, reward in enumerate([None, -5.0, 2.0, math.nan, 1.0, math.inf, 2.0]):
        clock.now += writing.BEST_INTERVAL
        finish(checkpoint_writer, clock, iteration, reward)
    assert (checkpoint_writer.best.iteration, checkpoint_writer.best.mean_reward) == (2, 2.0)
    assert (tmp_path / "best.pt").read_bytes() == b"2"
    assert record(tmp_path)["best"] == {"iteration": 2, "mean_reward": 2.0, "file": "best.pt"}


def test_whole_episodes_beat_those_that_began_in_their_middle(checkpoint_writer, clock, tmp_path):
    # where returns are negative, an episode that is cut off has a high one
    for iteration, (reward, settled) in enumerate([(-1.0, False), (-0.5, False), (-90.0, True), (-80.0, True)]):
        clock.now += writing.BEST_INTERVAL
        finish(checkpoint_writer, clock, iteration, reward, settled)
        if settled:
            finish(checkpoint_writer, clock, 50 + iteration, -0.1, settled=False)
    assert (checkpoint_writer.best.iteration, checkpoint_writer.best.mean_reward) == (3, -80.0)
    assert (tmp_path / "best.pt").read_bytes() == b"3"


def test_the_best_is_written_every_20_seconds_and_with_each_checkpoint(checkpoint_writer, clock, tmp_path):
    written = []
    for iteration in range(100):
        finish(checkpoint_writer, clock, iteration, float(iteration))
        if (tmp_path / "best.pt").read_bytes() == str(iteration).encode():
            written.append(iteration)
        clock.now += 1.0
    assert written == [0, 20, 40, 60, 80]  # the first one at once
    # the better ones since are in memory, and are written with the next checkpoint at the latest
    assert checkpoint_writer.best.iteration == 99
    finish(checkpoint_writer, clock, 100, 0.0)
    checkpoint_writer.save("model_100", clock.model(b"model"))
    assert (tmp_path / "best.pt").read_bytes() == b"99"
    assert record(tmp_path)["best"]["iteration"] == 99


def test_a_better_model_is_written_later_even_if_none_follows(checkpoint_writer, clock, tmp_path):
    finish(checkpoint_writer, clock, 0, 1.0)
    finish(checkpoint_writer, clock, 1, 2.0)
    clock.now += 20.0
    finish(checkpoint_writer, clock, 2, 0.0)
    assert (tmp_path / "best.pt").read_bytes() == b"1"


def test_a_model_that_is_not_finite_is_not_the_best(checkpoint_writer, clock):
    finish(checkpoint_writer, clock, 1, 1.0)
    checkpoint_writer.iteration_finished(2, 5.0, True, lambda: None)
    assert checkpoint_writer.best.iteration == 1


def test_the_record_says_how_it_ended(checkpoint_writer, clock, tmp_path):
    checkpoint_writer.end(RunStatus.FAILED, "It broke.")
    ended = record(tmp_path)
    assert (ended["status"], ended["failure"]) == ("failed", "It broke.")
    assert (ended["iterations"], ended["steps"], ended["seconds"]) == (7, 700, 7.0)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_the_best_of_a_training_is_that_of_its_curve(tmp_path, library):
    train = train_rsl_rl if library == "rsl_rl" else train_sb3
    training = train(tmp_path, 12)
    steps, rewards = training.metrics.get(MEAN_REWARD).points()
    checkpoint_writer = training.checkpoint_writer
    best = int(rewards.argmax())
    assert checkpoint_writer.best.mean_reward == pytest.approx(rewards.max())
    # what Stable-Baselines3 logs was collected by the model before the update; RSL-RL names its own by the same number
    assert checkpoint_writer.best.iteration == best
    path = tmp_path / checkpoint_writer.best.file
    assert weights(path).keys() == weights(tmp_path / {"rsl_rl": "model_11.pt", "sb3": "model.zip"}[library]).keys()
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


# --- A full disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 4 MB."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Filler:
    """Fills a disk but for some bytes, and makes room again the first time that a run is held for it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "filler"
        self.said: list[str] = []

    def fill(self, but_for: int) -> None:
        size = free_bytes(self.file.parent) - but_for
        with self.file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def hold(self, why: str) -> None:
        self.said.append(why)
        assert len(self.said) < 10, self.said
        if len(self.said) == 2:  # the first time nobody is there
            self.file.unlink()


def train(library: str, training) -> Path:
    """Trains for 12 iterations, saves and closes; returns the final model."""
    if library == "rsl_rl":
        training.learn_more(12, init_at_random_ep_len=False)
    else:
        training.learn_more(12 * EPISODE * NUM_ENVS)
    saved = training.save()
    training.close()
    return saved


def disturbed_after_the_third_iteration(library: str, run_dir: Path, hold, disturb):
    """A training during which somebody else does something to the disk."""
    training = (rsl_rl_training if library == "rsl_rl" else sb3_training)(run_dir, hold=hold)
    training.checkpoint_writer.begin(RunRecord.begin(run_dir, CONFIG))
    finished = training.checkpoint_writer.iteration_finished

    def finished_and_disturbed(iteration, *args, **kwargs):
        if iteration == 3:
            disturb()
        finished(iteration, *args, **kwargs)

    training.checkpoint_writer.iteration_finished = finished_and_disturbed
    return training


def assert_nothing_is_lost(library: str, run_dir: Path, saved: Path, folder: Path) -> None:
    reader = EventReader(run_dir)
    reader.read()
    assert reader.problem == ""
    steps, values = reader.metrics.get(MEAN_REWARD).points()
    undisturbed = (rsl_rl_training if library == "rsl_rl" else sb3_training)(folder / "undisturbed")
    other = weights(train(library, undisturbed))
    assert all(torch.equal(value, other[name]) for name, value in weights(saved).items())
    expected = undisturbed.metrics.get(MEAN_REWARD).points()
    assert steps.tolist() == expected[0].tolist()
    assert values == pytest.approx(expected[1], rel=1e-6)
    assert all(weights(path) for path in run_dir.glob("*.pt"))
    assert all(weights(path) for path in run_dir.glob("*.zip"))
    assert record(run_dir)["iterations"] == 12
    assert list(run_dir.glob(".saving*")) == []


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_a_full_disk_holds_the_training_and_loses_nothing(small_disk, library, tmp_path):
    filler, run_dir = Filler(small_disk), small_disk / "run"
    training = disturbed_after_the_third_iteration(library, run_dir, filler.hold, lambda: filler.fill(100_000))
    saved = train(library, training)
    assert len(filler.said) == 2
    assert filler.said[0].startswith(f"The disk is full: {run_dir} needs ")
    assert " kB for the next checkpoint and has 98 kB." in filler.said[0]
    assert_nothing_is_lost(library, run_dir, saved, tmp_path)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_a_disk_that_is_full_before_anybody_looked_loses_nothing(small_disk, library, tmp_path, monkeypatch):
    # a quota, or another process: records of events and checkpoints fail half-written
    monkeypatch.setattr(writing, "free_bytes", lambda folder: 10**9)
    filler, run_dir = Filler(small_disk), small_disk / "run"
    training = disturbed_after_the_third_iteration(library, run_dir, filler.hold, lambda: filler.fill(0))
    saved = train(library, training)
    assert len(filler.said) >= 2
    assert_nothing_is_lost(library, run_dir, saved, tmp_path)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_files_that_may_not_grow_hold_the_training_and_nothing_is_lost(library, tmp_path):
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
    assert_nothing_is_lost(library, tmp_path / "run", saved, tmp_path)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_a_disk_that_cannot_be_written_for_a_while_loses_nothing(small_disk, library, tmp_path):
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
    assert_nothing_is_lost(library, run_dir, saved, tmp_path)


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


def test_somebody_who_leaves_does_not_wait_and_finds_room_in_the_reserve(small_disk, tmp_path):
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


@pytest.mark.parametrize("stopping", [False, True], ids=["training", "stopping"])
def test_a_folder_that_is_removed_is_made_again_and_costs_no_weights(tmp_path, clock, stopping):
    folder, said = tmp_path / "run", []
    (folder / "params").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "params" / "agent.yaml").write_text("seed: 1")
    checkpoint_writer = CheckpointWriter(folder, lambda: Progress(7, 700, 7.0), said.append, clock)
    checkpoint_writer.begin(RunRecord.begin(folder, CONFIG))
    finish(checkpoint_writer, clock, 0, 1.0)
    shutil.rmtree(folder)
    checkpoint_writer.stop_requested = stopping
    checkpoint_writer.save("model_1", clock.model(b"weights"))
    assert (folder / "model_1.pt").read_bytes() == b"weights"
    assert (folder / "params" / "agent.yaml").read_text() == "seed: 1"
    assert (folder / "run.json").is_file()
    assert record(folder)["iterations"] == 7
    assert len(said) == (0 if stopping else 1)
    assert all("was removed while its run trains: it has been created again" in line for line in said)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_the_curves_go_on_in_a_folder_that_was_removed(tmp_path, library):
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
    assert steps.tolist() == expected[{"rsl_rl": 4, "sb3": 3}[library] :].tolist()


def test_a_log_root_that_is_gone_is_waited_for_unless_the_run_ends(tmp_path, clock):
    folder, away = tmp_path / "root" / "run", tmp_path / "unmounted"
    folder.mkdir(parents=True)

    def hold(why: str) -> None:
        assert "cannot be written" in why
        away.rename(folder.parent)

    checkpoint_writer = CheckpointWriter(folder, lambda: Progress(7, 700, 7.0), hold, clock)
    folder.parent.rename(away)
    checkpoint_writer.save("model_1", clock.model(b"weights"))
    assert (folder / "model_1.pt").read_bytes() == b"weights"
    shutil.rmtree(folder.parent)
    checkpoint_writer.stop_requested = True
    checkpoint_writer.save("model_2", clock.model(b"weights"))
    assert (folder / "model_2.pt").read_bytes() == b"weights"
