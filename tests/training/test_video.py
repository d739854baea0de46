# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Videos of runs: the clips that were asked for, whole, and a run that does not notice them."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from helpers.runs_made_here import CARTPOLE, SLICE, equal_to_the_bit, idle, run_to_end, tick_until
from helpers.videos import movement, read_video
from PIL import Image
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.training.commands import Film, Play, Record, Stop, TakePicture, Train
from rl_trainer_ext.training.filming import checkpoints_in_order
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer
from rl_trainer_ext.training.video import ClipRecorder
from rl_trainer_ext.viewport import video_file
from rl_trainer_ext.viewport.newton.viewport import NewtonViewport

pytestmark = pytest.mark.slow

SIZE = (160, 96)


@pytest.fixture(scope="module")
def drawing(trainer):
    """A trainer with a viewport that draws nothing by itself, and the viewport; Isaac Lab is imported already."""
    viewport = NewtonViewport()
    viewport.resize(*SIZE)
    trainer = Trainer(viewport)
    tick_until(trainer, idle)
    yield trainer, viewport
    trainer.close()
    viewport.close()


def stop(trainer):
    trainer.request(Stop())
    return tick_until(trainer, idle)


@pytest.fixture
def config(tmp_path):
    return CARTPOLE.replace(log_root=str(tmp_path / "logs"), video=True, video_length=10, video_interval=25)


@pytest.fixture(scope="module")
def filmed(drawing, tmp_path_factory):
    """A training with clips: 48 steps."""
    trainer, viewport = drawing
    before = viewport.serial
    log_root = str(tmp_path_factory.mktemp("filmed"))
    config = CARTPOLE.replace(log_root=log_root, video=True, video_length=10, video_interval=25)
    snapshot = run_to_end(trainer, Train(config))
    assert snapshot.status == "finished", snapshot.failure
    return snapshot, viewport.serial - before


def test_clips_have_a_picture_of_each_of_their_steps_and_none_is_drawn_in_between(filmed):
    snapshot, drawn = filmed
    clips = snapshot.run.recording.clips
    assert [clip.name for clip in clips] == ["train-step-0.mp4", "train-step-25.mp4"]
    for clip in clips:
        assert clip.parent == snapshot.run_dir / "videos"
        pictures = read_video(clip)
        assert pictures.shape == (10, SIZE[1], SIZE[0], 3)
        assert movement(pictures) > 0.5
    assert drawn == 20
    assert "Recorded 2 clips" in snapshot.notice


def test_weights_are_those_of_a_training_without_video(filmed, headless):
    assert equal_to_the_bit(filmed[0].checkpoint, headless["rsl_rl"].checkpoint)


def test_the_run_records_the_options_and_its_playback_does_not_take_them_over(filmed):
    snapshot, _ = filmed
    run = next(run for run in runs.list_runs(snapshot.config.log_root_path) if run.path == snapshot.run_dir)
    assert runs.RunRecord.read(run.path).config.video_length == 10
    assert not runs.config_from_run(run, snapshot.checkpoint).video


def test_a_clip_that_a_stop_ends_is_whole(drawing, config):
    trainer, _ = drawing
    trainer.request(Train(config.replace(max_iterations=1000, video_length=100_000)))
    tick_until(
        trainer, lambda now: now.run is not None and now.run.recording is not None and now.run.recording.pictures >= 3
    )
    snapshot = stop(trainer)
    (clip,) = snapshot.run.recording.clips
    assert len(read_video(clip)) >= 3


def test_a_clip_begins_and_ends_when_the_user_says(drawing, config):
    trainer, _ = drawing
    trainer.request(Train(config.replace(max_iterations=1000, video=False)))
    tick_until(trainer, lambda now: now.state is State.TRAINING)
    trainer.request(Record(True))
    tick_until(trainer, lambda now: now.run.recording.pictures >= 4)
    trainer.request(Record(False))
    snapshot = tick_until(trainer, lambda now: now.run.recording.clips)
    assert snapshot.run.recording.path is None
    assert len(read_video(snapshot.run.recording.clips[0])) >= 4
    trainer.request(TakePicture())
    snapshot = tick_until(trainer, lambda now: "Saved" in now.notice)
    (picture,) = (snapshot.run_dir / "videos").glob("*.png")
    assert str(picture) in snapshot.notice
    assert Image.open(picture).size == SIZE
    stop(trainer)


def test_a_playback_is_recorded_beside_its_run(drawing, config, filmed):
    trainer, _ = drawing
    checkpoint = filmed[0].checkpoint
    snapshot = run_to_end(
        trainer, Play(config.replace(checkpoint=str(checkpoint), num_steps=12, speed=0.0, max_iterations=None))
    )
    (clip,) = snapshot.run.recording.clips
    assert clip == checkpoint.parent / "videos" / f"play-{checkpoint.stem}-step-0.mp4"
    assert len(read_video(clip)) == 10


def test_a_folder_that_cannot_be_written_ends_the_recording_and_not_the_run(drawing, config):
    trainer, _ = drawing
    trainer.request(Train(config.replace(video=False, max_iterations=4)))
    snapshot = tick_until(trainer, lambda now: now.state is State.TRAINING)
    (snapshot.run_dir / "videos").write_text("a file")
    trainer.request(Record(True))
    trainer.tick(SLICE)
    snapshot = tick_until(trainer, idle)
    assert snapshot.status == "finished"
    assert "ended, because" in snapshot.run.recording.problem
    assert str(snapshot.run_dir / "videos") in snapshot.run.recording.problem
    assert snapshot.checkpoint.is_file()
    assert snapshot.run.recording.problem in snapshot.notice


def test_a_folder_that_vanishes_ends_the_recording_and_not_the_run(drawing, config):
    trainer, _ = drawing
    trainer.request(Train(config.replace(max_iterations=1000, video_length=100_000)))
    snapshot = tick_until(
        trainer, lambda now: now.run is not None and now.run.recording is not None and now.run.recording.pictures >= 3
    )
    shutil.rmtree(snapshot.run_dir / "videos")
    snapshot = stop(trainer)
    assert snapshot.status == "stopped"
    assert "is no longer there" in snapshot.run.recording.problem
    assert snapshot.checkpoint.is_file()


@pytest.mark.parametrize("key", ["video_length", "video_interval"])
def test_numbers_below_one_are_refused(drawing, config, key):
    trainer, _ = drawing
    snapshot = run_to_end(trainer, Train(config.replace(**{key: 0})))
    assert snapshot.failure.message.startswith(f"{key} must be a whole number at least 1")


def test_without_ffmpeg_nothing_is_started(drawing, config, monkeypatch):
    trainer, _ = drawing
    monkeypatch.setattr(video_file, "ENCODER", "no-such-encoder")
    snapshot = run_to_end(trainer, Train(config))
    assert "no-such-encoder, which is not installed" in snapshot.failure.message
    assert not config.log_root_path.exists()


@pytest.fixture
def film(filmed, tmp_path):
    snapshot, _ = filmed
    checkpoints = tuple(checkpoints_in_order(snapshot.run_dir))
    run = next(run for run in runs.list_runs(snapshot.config.log_root_path) if run.path == snapshot.run_dir)
    config = runs.config_from_run(run, checkpoints[0].path).replace(num_envs=4, speed=0.0)
    return Film(config, checkpoints, tmp_path / "film.mp4", 6)


def test_a_film_has_the_checkpoints_in_order_with_their_names(drawing, film):
    trainer, _ = drawing
    assert len(film.checkpoints) >= 2
    assert [one.iteration for one in film.checkpoints] == sorted(one.iteration for one in film.checkpoints)
    snapshot = run_to_end(trainer, film)
    assert snapshot.status == "finished", snapshot.failure
    pictures = read_video(film.output)
    assert len(pictures) == 6 * len(film.checkpoints)
    # the caption is white on black, at the lower left, and changes with the checkpoint
    captions = pictures[:, SIZE[1] // 2 :, : SIZE[0] // 2].max(axis=(1, 2, 3))
    assert captions.min() > 230
    assert np.abs(pictures[5].astype(int) - pictures[6])[SIZE[1] // 2 :, : SIZE[0] // 2].max() > 60


def test_a_damaged_checkpoint_is_left_out_of_a_film_and_named(drawing, film, tmp_path):
    trainer, _ = drawing
    first, last = film.checkpoints[0], film.checkpoints[-1]
    copied = tmp_path / first.path.parent.relative_to(first.path.parents[3])
    shutil.copytree(first.path.parent, copied)
    damaged = copied / last.path.name
    damaged.write_bytes(damaged.read_bytes()[:100])
    import dataclasses

    checkpoints = tuple(dataclasses.replace(one, path=copied / one.path.name) for one in (first, last))
    film = dataclasses.replace(
        film, config=film.config.replace(checkpoint=str(checkpoints[0].path)), checkpoints=checkpoints
    )
    snapshot = run_to_end(trainer, film)
    assert snapshot.status == "finished", snapshot.failure
    assert len(read_video(film.output)) == 6
    assert f"{last.path.name} was left out" in snapshot.notice


class FailingCameraDouble:
    """A camera whose pictures cannot be read after the first two."""

    def __init__(self) -> None:
        self.left = 2

    def capture(self):
        self.left -= 1
        if self.left < 0:
            raise UserError("It gives no pictures.")
        return np.zeros((32, 48, 4), np.uint8)


def test_a_camera_that_fails_ends_the_clip_with_its_reason_and_the_clip_is_whole(tmp_path):
    said = []
    recorder = ClipRecorder(FailingCameraDouble(), tmp_path, "train", 30.0, interval=10, say=said.append)
    for _ in range(20):
        recorder.stepped()
    assert said[-1] == recorder.view().problem == "The recording ended: It gives no pictures."
    assert len(read_video(recorder.view().clips[0])) == 2


def test_a_folder_that_leads_out_of_the_run_is_not_written(drawing, config, filmed, tmp_path):
    trainer, _ = drawing
    copied = tmp_path.joinpath(*filmed[0].run_dir.parts[-3:])
    shutil.copytree(filmed[0].run_dir, copied)
    shutil.rmtree(copied / "videos")
    outside = tmp_path / "outside"
    outside.mkdir()
    (copied / "videos").symlink_to(outside)
    checkpoint = copied / filmed[0].checkpoint.name
    snapshot = run_to_end(trainer, Play(config.replace(checkpoint=str(checkpoint), num_steps=2, speed=0.0)))
    assert snapshot.status == "failed"
    assert snapshot.failure.bad_input, snapshot.failure.details
    assert list(outside.iterdir()) == []
