# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Scalars come back from the event files that PyTorch's writer made: in slices, while they grow, cut or damaged."""

from __future__ import annotations

import itertools
import os
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from helpers.counting import calls
from helpers.runs_on_disk import write_record
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, EventReader, reading
from rl_trainer_ext.metrics import series as series_module
from rl_trainer_ext.runs.reward_summary import summarize
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter


def write(folder: Path, tag: str, values: Iterable[float], start: int = 0) -> Path:
    """Writes one event file; the wall time of step n is 1000 + n seconds."""
    before = set(folder.glob("*tfevents*"))
    writer = SummaryWriter(str(folder), filename_suffix=f".{len(before)}")
    for step, value in enumerate(values, start):
        writer.add_scalar(tag, value, step, walltime=1000.0 + step)
    writer.close()
    (made,) = set(folder.glob("*tfevents*")) - before
    return made


def values(reader: EventReader, tag: str) -> list[float]:
    series = reader.metrics.get(tag)
    return [] if series is None else series.points()[1].tolist()


@pytest.fixture
def reader(tmp_path: Path) -> EventReader:
    (tmp_path / "ünï code run").mkdir()
    return EventReader(tmp_path / "ünï code run", tmp_path / "cache")


def test_a_run_comes_back_with_its_steps_and_times(reader):
    write(reader.run_dir, MEAN_REWARD, [1.0, 2.5], start=7)
    before = time.time()
    assert reader.read()
    series = reader.metrics.get(MEAN_REWARD)
    assert series.points()[0].tolist() == [7, 8]
    assert series.points()[1].tolist() == [1.0, 2.5]
    assert series.wall_times().tolist() == [1007.0, 1008.0]
    assert series.step_unit == "iterations"
    assert reader.started == pytest.approx(before, abs=60)
    assert reader.problem == ""


def test_what_sb3_logs_in_a_folder_of_its_own_has_the_common_names(reader):
    write(reader.run_dir / "PPO_1", "rollout/ep_rew_mean", [3.0])
    write(reader.run_dir / "PPO_1", "rollout/ep_len_mean", [30.0])
    write(reader.run_dir / "PPO_1", "train/loss", [0.5])
    assert reader.read()
    assert set(reader.metrics.tags) == {MEAN_REWARD, MEAN_EPISODE_LENGTH, "train/loss"}
    assert reader.metrics.get(MEAN_REWARD).step_unit == "environment steps"


def test_a_growing_file_and_a_new_one_are_followed(reader):
    writer = SummaryWriter(str(reader.run_dir))
    writer.add_scalar("a", 1.0, 0)
    writer.flush()
    assert reader.read()
    kept = reader.metrics
    writer.add_scalar("a", 2.0, 1)
    writer.close()
    write(reader.run_dir / "PPO_2", "a", [3.0], start=2)
    assert reader.read()
    assert reader.metrics is kept
    assert values(reader, "a") == [1.0, 2.0, 3.0]


def test_slices_add_up_to_the_whole(reader):
    write(reader.run_dir, "a", range(500))
    slices = 1
    while not reader.read(seconds=0.0):
        slices += 1
    assert slices > 10
    assert values(reader, "a") == list(range(500))


def test_an_event_of_many_values_is_read_in_slices_too(tmp_path):
    writer = EventFileWriter(str(tmp_path))
    for step in range(2):
        summary = Summary(value=[Summary.Value(tag=f"tag_{n}", simple_value=n) for n in range(2000)])
        writer.add_event(Event(wall_time=1000.0 + step, step=step, summary=summary))
    writer.close()
    # a clock that only runs while values are read: a millisecond a look
    now = itertools.count()
    reader = EventReader(tmp_path, tmp_path / "cache", lambda: next(now) / 1000)
    counts = [0]
    while not reader.read(seconds=0.0):
        counts.append(reader.metrics.version)
    counts.append(reader.metrics.version)
    assert max(np.diff(counts)) <= 100
    assert counts[-1] == 4000
    assert all(series.points()[1].tolist() == [number] * 2 for number, series in enumerate(reader.metrics))


def test_a_record_cut_off_is_read_once_the_rest_of_it_is_there(reader):
    path = write(reader.run_dir, "a", [1.0, 2.0, 3.0])
    whole = path.read_bytes()
    for cut in (1, 5, 20):  # within the checksum, the event, its header
        path.write_bytes(whole[:-cut])
        fresh = EventReader(reader.run_dir, reader.run_dir)
        assert fresh.read()
        assert values(fresh, "a") == [1.0, 2.0]
        path.write_bytes(whole)
        assert fresh.read()
        assert values(fresh, "a") == [1.0, 2.0, 3.0]


def test_of_a_damaged_file_everything_before_the_damage_is_read_and_the_other_files(reader):
    path = write(reader.run_dir, "a", [1.0, 2.0, 3.0])
    whole = bytearray(path.read_bytes())
    whole[-10] ^= 0xFF
    path.write_bytes(whole)
    write(reader.run_dir / "PPO_1", "a", [4.0])
    (reader.run_dir / "events.out.tfevents.1.foreign").write_bytes(b"these are no events at all")
    (reader.run_dir / "events.out.tfevents.2.empty").touch()
    assert reader.read()
    assert values(reader, "a") == [1.0, 2.0, 4.0]


def test_a_record_of_any_length_is_read(reader):
    writer = EventFileWriter(str(reader.run_dir))
    counts = (1, 40_000, 3)  # the second one is longer than what is read at once
    for step, count in enumerate(counts):
        summary = Summary(value=[Summary.Value(tag=f"tag_{n}", simple_value=step) for n in range(count)])
        writer.add_event(Event(wall_time=1000.0 + step, step=step, summary=summary))
    writer.close()
    assert reader.read()
    assert values(reader, "tag_0") == [0.0, 1.0, 2.0]
    assert values(reader, "tag_39999") == [1.0]


def test_reading_points_takes_half_the_calls_that_tensorboard_takes(tmp_path, monkeypatch):
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    path = write(tmp_path, "a", range(5000))

    opened: list[Path] = []
    open_path = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args: (opened.append(self), open_path(self, *args))[1])
    ours = calls(EventReader(tmp_path, tmp_path / "cache").read)
    theirs = calls(lambda: sum(1 for _ in LegacyEventFileLoader(str(path)).Load()))
    assert ours < theirs / 2
    assert 1 <= opened.count(path) <= 2 + path.stat().st_size // 2**18


def test_files_that_two_writers_fill_in_turn_end_with_their_highest_step(reader):
    writers = [EventFileWriter(str(reader.run_dir), filename_suffix=suffix) for suffix in (".a", ".b")]
    for step, reward in enumerate([1.0, 2.0, 9.0, 4.0, 5.0, 6.0]):
        summary = Summary(value=[Summary.Value(tag=MEAN_REWARD, simple_value=reward)])
        # the file that is begun first holds the last point
        writers[(step + 1) % 2].add_event(Event(wall_time=1000.0 + step, step=step, summary=summary))
    for writer in writers:
        writer.close()
    assert reader.read()
    assert values(reader, MEAN_REWARD)[-1] == 5.0
    assert reader.metrics.last(MEAN_REWARD) == 6.0
    curve = summarize(reader.metrics, (), 1000.0)
    assert (curve.first_step, curve.last_step, curve.last, curve.best_step, curve.seconds) == (0, 5, 6.0, 2, 5.0)
    assert curve.sparkline == (1.0, 2.0, 9.0, 4.0, 5.0, 6.0)


def test_thousands_of_series_of_two_writers_are_put_in_order_in_slices(reader, monkeypatch):
    for start in (1, 0):
        writer = EventFileWriter(str(reader.run_dir), filename_suffix=f".{start}")
        for step in (start, start + 2):
            summary = Summary(value=[Summary.Value(tag=f"tag_{n}", simple_value=step) for n in range(1000)])
            writer.add_event(Event(wall_time=1000.0 + step, step=step, summary=summary))
        writer.close()
    ordered = []
    valid_points = series_module.valid_points
    monkeypatch.setattr(
        series_module, "valid_points", lambda *points: ordered.append(len(points)) or valid_points(*points)
    )
    counts = [0]
    while not reader.read(seconds=0.0):
        counts.append(len(ordered))
    assert max(np.diff(counts)) < 100
    assert len(ordered) == 1000
    assert summarize(reader.metrics, (), 1000.0).last_step == 3
    assert len(ordered) == 1000  # known by now


def test_a_record_that_is_no_event_is_told_with_its_file(reader):
    write(reader.run_dir, "a", [1.0])
    path = reader.run_dir / "events.out.tfevents.1.foreign"
    write_record(path, b"no event")
    assert reader.read()
    assert reader.problem.startswith(f"{path} cannot be read (")
    assert values(reader, "a") == [1.0]


def test_a_file_that_another_one_replaced_is_read_anew(reader):
    path = write(reader.run_dir, "a", range(100))
    assert reader.read()
    path.unlink()
    write(reader.run_dir, "a", [7.0])
    assert reader.read()
    assert values(reader, "a") == [7.0]


def test_a_run_that_vanished_keeps_its_curves_and_says_so(reader):
    write(reader.run_dir, "a", [1.0])
    assert reader.read()
    reader.run_dir.rename(reader.run_dir.with_name("elsewhere"))
    assert reader.read()
    assert "No such file" in reader.problem
    assert values(reader, "a") == [1.0]
    reader.run_dir.with_name("elsewhere").rename(reader.run_dir)
    assert reader.read()
    assert reader.problem == ""


class TestCache:
    """Long runs that are over are kept."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "CACHED_FROM", 50)

    @pytest.fixture
    def path(self, reader: EventReader) -> Path:
        path = write(reader.run_dir, "rollout/ep_rew_mean", range(100))
        write(reader.run_dir / "PPO_2", "b", [0.1, float("nan")])
        for file in reader.run_dir.rglob("*tfevents*"):
            os.utime(file, (1e9, 1e9))
        assert reader.read()
        return path

    @pytest.fixture
    def again(self, path: Path, reader: EventReader, tmp_path: Path) -> EventReader:
        return EventReader(reader.run_dir, tmp_path / "cache")

    def test_the_second_reader_reads_no_events(self, path, reader, again):
        status = path.stat()
        path.write_bytes(b"x" * status.st_size)
        os.utime(path, (1e9, 1e9))
        slices = 1
        while not again.read(seconds=0.0):
            slices += 1
        assert slices == 3  # one for each series, and one that finds nothing more
        for series in reader.metrics:
            other = again.metrics.get(series.tag)
            assert [*map(str, series.points()), str(series.wall_times())] == [
                *map(str, other.points()),
                str(other.wall_times()),
            ]
            assert other.step_unit == series.step_unit
        assert again.started == reader.started

    def test_thousands_of_series_are_few_members_of_the_archive(self, tmp_path):
        writer = EventFileWriter(str(tmp_path))
        for step in range(2):
            summary = Summary(value=[Summary.Value(tag=f"tag_{n}", simple_value=n + step) for n in range(2000)])
            writer.add_event(Event(wall_time=1000.0, step=step, summary=summary))
        writer.close()
        for file in tmp_path.glob("*tfevents*"):
            os.utime(file, (1e9, 1e9))
        assert EventReader(tmp_path, tmp_path / "cache").read()
        (cached,) = (tmp_path / "cache").glob("*.npz")
        with zipfile.ZipFile(cached) as archive:
            assert len(archive.namelist()) == 9  # a head, and four blocks with their names
        again = EventReader(tmp_path, tmp_path / "cache")
        assert again.read()
        assert all(series.points()[1].tolist() == [n, n + 1] for n, series in enumerate(again.metrics))
        assert len(again.metrics) == 2000

    def test_a_run_that_went_on_is_read_anew_and_followed(self, path, again):
        assert again.read()
        content = path.read_bytes()
        extra = write(path.parent / "elsewhere", "rollout/ep_rew_mean", [500.0]).read_bytes()
        path.write_bytes(content + extra)
        for file in (path.parent / "elsewhere").iterdir():
            file.unlink()
        assert again.read()
        assert values(again, MEAN_REWARD) == [*range(100), 500.0]

    def test_a_damaged_cache_is_no_loss(self, reader, again, tmp_path):
        (cached,) = (tmp_path / "cache").glob("*.npz")
        content = bytearray(cached.read_bytes())
        content[len(content) // 2] ^= 0xFF
        cached.write_bytes(content)
        assert again.read()
        assert values(again, MEAN_REWARD) == list(range(100))
        cached.write_bytes(b"")
        fresh = EventReader(reader.run_dir, tmp_path / "cache")
        assert fresh.read()
        assert values(fresh, MEAN_REWARD) == list(range(100))

    def test_a_cache_that_cannot_be_written_is_no_loss(self, path, tmp_path):
        (tmp_path / "file").touch()
        fresh = EventReader(path.parent, tmp_path / "file" / "cache")
        assert fresh.read()
        assert values(fresh, MEAN_REWARD) == list(range(100))

    def test_a_run_that_may_go_on_is_not_kept(self, reader, tmp_path):
        write(reader.run_dir, "a", range(100))
        fresh = EventReader(reader.run_dir, tmp_path / "other")
        assert fresh.read()
        assert not (tmp_path / "other").exists()

    def test_a_run_that_is_over_is_kept_at_once(self, reader, tmp_path):
        write(reader.run_dir, "a", range(100))
        fresh = EventReader(reader.run_dir, tmp_path / "other")
        fresh.ended = True
        assert fresh.read()
        assert [path.suffix for path in (tmp_path / "other").iterdir()] == [".npz"]
