# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""MP4 files: what goes in comes out, also of odd sizes, and after the process was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import imageio_ffmpeg
import numpy as np
import pytest
from helpers.videos import read_video
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.viewport import video_file
from rl_trainer_ext.viewport.video_file import VideoFile, read_picture, read_size, require_encoder

RECORDED_AND_KILLED = """
import os, signal, sys, pathlib
import numpy as np
from rl_trainer_ext.viewport.video_file import VideoFile
file = VideoFile(pathlib.Path(sys.argv[1]), 30)
for shade in range(20):
    file.add(np.full((48, 64, 4), 10 * shade, np.uint8))
os.kill(os.getpid(), signal.SIGKILL)
"""


def grey(shade, height=48, width=64, channels=4):
    return np.full((height, width, channels), shade, np.uint8)


def test_pictures_come_back_in_order(tmp_path):
    file = VideoFile(tmp_path / "videos" / "clip.mp4", 30)
    for shade in (20, 120, 220):
        file.add(grey(shade))
    file.close()
    assert read_size(file.path) == (64, 48)
    assert [round(float(picture.mean()), -1) for picture in read_video(file.path)] == [20, 120, 220]


def test_a_gif_is_small_and_whole(tmp_path):
    file = VideoFile(tmp_path / "clip.gif", 60)
    for shade in range(0, 240, 4):
        file.add(grey(shade, 320, 640))
    file.close()
    assert file.path.read_bytes().startswith(b"GIF89a")
    pictures = read_video(file.path)
    assert pictures.shape == (15, 240, 480, 3)  # a second of it
    assert np.abs(np.diff(pictures.mean(axis=(1, 2, 3)))).max() < 25
    assert pictures[-1].mean() > 200


def test_odd_and_changing_sizes_get_the_even_size_of_the_first(tmp_path):
    file = VideoFile(tmp_path / "clip.mp4", 30)
    file.add(grey(100, 49, 65, 3))
    file.add(grey(100, 80, 200))
    file.add(grey(100, 48, 65))
    file.close()
    assert read_video(file.path).shape == (3, 48, 64, 3)


def test_a_picture_of_a_video_is_its_first_reduced(tmp_path):
    file = VideoFile(tmp_path / "clip.mp4", 30)
    file.add(grey(200))
    file.add(grey(20))
    file.close()
    picture = read_picture(file.path, 32)
    assert picture is not None
    assert picture.shape == (24, 32, 4)
    assert round(float(picture[..., :3].mean()), -1) == 200
    assert read_picture(tmp_path / "missing.mp4", 32) is None


def test_a_video_that_vanishes_while_it_is_read_has_no_picture(tmp_path, monkeypatch):
    file = VideoFile(tmp_path / "clip.mp4", 30)
    file.add(grey(120))
    file.close()

    read_frames = imageio_ffmpeg.read_frames

    def begun(path):
        with contextlib.closing(read_frames(path)) as frames:
            yield next(frames)
        path.unlink()
        yield from read_frames(path)

    monkeypatch.setattr(imageio_ffmpeg, "read_frames", begun)
    assert read_picture(file.path, 32) is None


def test_without_a_picture_there_is_no_file(tmp_path):
    VideoFile(tmp_path / "clip.mp4", 30).close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_video_has_no_size(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video")
    assert read_size(path) is None
    assert read_size(tmp_path / "missing.mp4") is None


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "videos").write_text("a file")
    with pytest.raises(OSError, match="exists"):
        VideoFile(tmp_path / "videos" / "clip.mp4", 30).add(grey(1))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_clip_of_a_killed_process_is_whole(tmp_path):
    path = tmp_path / "clip.mp4"
    done = subprocess.run([sys.executable, "-c", RECORDED_AND_KILLED, str(path)], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 60
    while read_size(path) is None and time.monotonic() < end:
        time.sleep(0.05)  # ffmpeg finishes the file by itself
    assert len(read_video(path)) == 20


def test_without_ffmpeg_the_sentence_has_the_pip_line(monkeypatch):
    monkeypatch.setattr(video_file, "ENCODER", "no-such-encoder")
    with pytest.raises(UserError, match="no-such-encoder, which is not installed: run "):
        require_encoder()
