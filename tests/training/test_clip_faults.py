# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Clips that cannot be finished as asked: nothing earlier is lost, and one sentence says why."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.small_disks import Filler
from helpers.videos import read_video
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.runs import list_videos
from rl_trainer_ext.system.disk import free_bytes
from rl_trainer_ext.training.video import ClipRecorder, unfinished


class CameraDouble:
    """A camera of noise, which no encoder makes small.

    Args:
        height: Of its pictures [pixels].
        fails_after: How many pictures it gives; None for no end.
    """

    def __init__(self, height: int = 32, fails_after: int | None = None) -> None:
        self._random, self._height, self._left = np.random.default_rng(1), height, fails_after

    def capture(self):
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise UserError("It gives no pictures.")
        return self._random.integers(0, 255, (self._height, 2 * self._height, 4), dtype=np.uint8)


@pytest.fixture
def run_dir(tmp_path):
    """A run with a film."""
    film = tmp_path / "videos" / "film.mp4"
    recorder = ClipRecorder(CameraDouble(), film.parent, "play", 30.0)
    recorder.begin(film)
    for _ in range(4):
        recorder.stepped()
    recorder.end()
    assert recorder.view().clips == (film,)
    return tmp_path


def film_again(run_dir, camera=None, steps=3):
    recorder = ClipRecorder(camera or CameraDouble(), run_dir / "videos", "play", 30.0)
    recorder.begin(run_dir / "videos" / "film.mp4")
    for _ in range(steps):
        recorder.stepped()
    return recorder


def test_a_film_replaces_the_earlier_one_when_it_is_whole(run_dir):
    film = run_dir / "videos" / "film.mp4"
    recorder = film_again(run_dir)
    assert recorder.view().path == film
    assert len(read_video(film)) == 4, "replaced too early"
    assert list_videos(run_dir) == (film,)
    recorder.end()
    assert len(read_video(film)) == 3
    assert not unfinished(film).exists()


@pytest.mark.parametrize("camera", [CameraDouble(), CameraDouble(fails_after=2)], ids=["stopped", "camera fails"])
def test_an_interrupted_film_does_not_replace_the_earlier_one(run_dir, camera):
    film = run_dir / "videos" / "film.mp4"
    recorder = film_again(run_dir, camera)
    recorder.end(interrupted=True)
    assert len(read_video(film)) == 4
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
    assert recorder.view().clips == ()
    assert recorder.summary().count(".") >= 1
    assert str(film) in recorder.summary() or "It gives no pictures." in recorder.summary()


def test_an_interrupted_film_is_kept_where_there_is_no_earlier_one(tmp_path):
    recorder = film_again(tmp_path)
    recorder.end(interrupted=True)
    (film,) = recorder.view().clips
    assert film.name == "film.mp4"
    assert len(read_video(film)) == 3


def test_a_clip_that_ends_while_the_camera_waits_keeps_its_pictures(tmp_path):
    """In Kit a camera waits for a frame, in which the user can end the clip."""

    class WaitingCameraDouble(CameraDouble):
        def capture(self):
            if recorder.view().pictures == 3:
                recorder.end()
            return super().capture()

    recorder = ClipRecorder(WaitingCameraDouble(), tmp_path, "train", 30.0)
    recorder.begin()
    for _ in range(6):
        recorder.stepped()
    (clip,) = recorder.view().clips
    assert len(read_video(clip)) == 3
    assert (recorder.view().problem, recorder.view().path) == ("", None)


def test_what_is_left_of_a_killed_film_is_no_video_of_the_run(run_dir):
    film = run_dir / "videos" / "film.mp4"
    unfinished(film).write_bytes(film.read_bytes())
    assert list_videos(run_dir) == (film,)
    film_again(run_dir).end()
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("clip", ["film.mp4", None], ids=["film", "clip"])
def test_a_full_disk_ends_the_clip_with_one_sentence_and_gives_its_room_back(small_disk, clip):
    filler, said = Filler(small_disk), []
    videos = small_disk / "videos"
    recorder = ClipRecorder(CameraDouble(height=160), videos, "train", 30.0, say=said.append)
    filler.fill(but_for=2_500_000)
    recorder.begin(None if clip is None else videos / clip)
    for _ in range(200):
        recorder.stepped()
        if recorder.view().problem:
            break
    recorder.end()
    name = clip or "train-step-0.mp4"
    assert recorder.view().problem == f"The recording of {name} ended, because the disk of {videos} is full."
    assert said == [recorder.view().problem]
    assert recorder.view().clips == ()
    assert list(videos.iterdir()) == []
    assert free_bytes(small_disk) >= 2_400_000, "what the run needs for its checkpoint"
    filler.file.unlink()
    recorder.begin(None if clip is None else videos / clip)
    recorder.stepped()
    recorder.end()
    assert len(recorder.view().clips) == 1
    assert not recorder.view().problem


def test_a_full_disk_does_not_take_the_earlier_film(small_disk):
    filler, film = Filler(small_disk), small_disk / "videos" / "film.mp4"
    film.parent.mkdir()
    film.write_bytes(b"the earlier one")
    filler.fill(but_for=200_000)
    recorder = film_again(small_disk, CameraDouble(height=160), steps=60)
    recorder.end()
    assert "ended, because" in recorder.view().problem
    assert film.read_bytes() == b"the earlier one"
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
