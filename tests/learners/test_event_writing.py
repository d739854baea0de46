# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The event files that trainings write. Full disks are in ``test_checkpoint_writer.py``."""

from __future__ import annotations

import threading
from typing import ClassVar

import pytest
import torch
from helpers.tiny_trainings import EPISODE, NUM_ENVS, rsl_rl_training, runner, sb3_training, train_rsl_rl
from rl_trainer_ext.learners.events import ScalarWriter
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.metrics.reading import EventReader
from rsl_rl.utils.log_writer import LogWriter
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader


def events(folder):
    """The events of the one event file below a folder, without its header."""
    (file,) = folder.rglob("events.out.tfevents.*")
    first, *others = LegacyEventFileLoader(str(file)).Load()
    assert first.file_version == "brain.Event:2"
    return others


def scalars(folder):
    """Tags and steps of the scalars of an event file, in their order."""
    return [(value.tag, event.step) for event in events(folder) for value in event.summary.value]


def test_the_scalars_of_a_step_are_one_event(tmp_path):
    metrics = Metrics()
    writer = ScalarWriter(tmp_path, metrics, lambda error, what: False, "rsl_rl")
    for step in range(3):
        writer.add_scalar("Train/mean_reward", step / 2, step)
        writer.add_scalar("Train/mean_reward/time", step / 2, 10 + step)
        writer.add_scalar("Loss/value", torch.tensor(step / 4), global_step=step)
        assert metrics.last("Loss/value") == step / 4  # the panel does not wait for the file
        writer.flush()
        writer.flush()
    writer.close()
    assert [len(event.summary.value) for event in events(tmp_path)] == [2, 1] * 3
    reader = EventReader(tmp_path)
    reader.read()
    for tag in metrics.tags:
        expected, found = metrics.get(tag).points(), reader.metrics.get(tag).points()
        assert [array.tolist() for array in found] == [array.tolist() for array in expected]
        assert reader.metrics.get(tag).step_unit == metrics.get(tag).step_unit


def test_two_writers_in_one_folder_write_two_files(tmp_path):
    for _ in range(2):
        ScalarWriter(tmp_path, Metrics(), lambda error, what: False).close()
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 2


def test_an_event_that_cannot_be_written_is_tried_again_and_waits_for_the_end(tmp_path):
    said, folder = [], tmp_path / "run"
    folder.mkdir()

    def hold_and_retry(error: BaseException, what: str) -> bool:
        said.append(f"{what}: {error}")
        if len(said) == 2:
            away.rename(folder)
        return len(said) != 3

    writer = ScalarWriter(folder, Metrics(), hold_and_retry)
    away = folder.rename(tmp_path / "away")
    writer.add_scalar("Loss/value", 0.5, 0)
    writer.flush()
    away = folder.rename(tmp_path / "away")
    writer.add_scalar("Loss/value", 1.5, 1)
    with pytest.raises(FileNotFoundError):
        writer.flush()
    away.rename(folder)
    writer.close()
    assert len(said) == 3
    assert "the curves: [Errno 2]" in said[0]
    reader = EventReader(folder)
    reader.read()
    assert reader.metrics.get("Loss/value").points()[1].tolist() == [0.5, 1.5]


def test_rsl_rl_writes_the_scalars_of_its_own_runner_without_a_thread(tmp_path):
    own = runner(tmp_path / "own")
    own.learn(3)
    own.logger.writer.close()
    threads = threading.active_count()
    training = rsl_rl_training(tmp_path / "here")
    training.learn_more(3, init_at_random_ep_len=False)
    assert threading.active_count() == threads
    # not closed: as a killed process leaves it
    here = scalars(tmp_path / "here")
    in_time_or_not = [(tag, None if tag.endswith("/time") else step) for tag, step in scalars(tmp_path / "own")]
    # scalars of the same step are together; their order within a step is the library's
    for axis in (True, False):
        of_axis = [(tag, step) for tag, step in in_time_or_not if (step is None) == axis]
        assert [(tag, None if axis else step) for tag, step in here if tag.endswith("/time") == axis] == of_axis
    training.close()


def test_stable_baselines3_writes_the_scalars_of_its_own_logger_in_the_same_folder(tmp_path, capsys):
    own = sb3_training(tmp_path / "own", verbose=1).agent
    own.learn(3 * EPISODE * NUM_ENVS, log_interval=1)
    own.logger.close()
    printed = capsys.readouterr().out.replace(str(tmp_path / "own"), "")
    threads = threading.active_count()
    training = sb3_training(tmp_path / "here", verbose=1)
    training.learn_more(3 * EPISODE * NUM_ENVS)
    assert threading.active_count() == threads
    assert scalars(tmp_path / "here") == scalars(tmp_path / "own")
    assert [path.name for path in (tmp_path / "here").iterdir() if path.name.startswith("PPO_")] == ["PPO_1"]
    training.close()
    # the same lines, whatever their numbers
    here = capsys.readouterr().out.replace(str(tmp_path / "here"), "")
    words = [[line.split("|")[1].strip() for line in text.splitlines() if "|" in line] for text in (here, printed)]
    assert words[0] == words[1]
    assert "Logging to /PPO_1" in here


class OtherService(LogWriter):
    """A log writer of a user, as the one for Weights & Biases."""

    calls: ClassVar[list] = []

    def __init__(self, log_dir: str, project: str) -> None:
        self.calls.append(("project", project))

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        self.calls.append((tag, global_step))

    def store_config(self, env_cfg: object, train_cfg: dict) -> None:
        self.calls.append("config")

    def save_model(self, model_path: str, it: int) -> None:
        self.calls.append(("model", it))

    def stop(self) -> None:
        self.calls.append("stop")


def test_another_log_writer_gets_everything_and_the_metrics_too(tmp_path, monkeypatch):
    monkeypatch.setattr(OtherService, "calls", [])
    training = train_rsl_rl(tmp_path, 2, logger={"class_name": OtherService, "project": "tiny"})
    calls = OtherService.calls
    assert calls[:2] == [("project", "tiny"), "config"]
    assert [call for call in calls if call[0] == "Train/mean_reward"] == [
        ("Train/mean_reward", 0),
        ("Train/mean_reward", 1),
    ]
    assert ("model", 1) in calls
    assert calls[-1] == "stop"
    assert training.metrics.get(MEAN_REWARD).points()[0].tolist() == [0, 1]
    assert not list(tmp_path.glob("events.out.tfevents.*"))
