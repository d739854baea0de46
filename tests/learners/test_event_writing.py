# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What becomes of the scalars that a library logs. Full disks are in ``test_checkpoint_writer.py``."""

from __future__ import annotations

import threading

import pytest
import torch
from rl_trainer_ext.learners.events import close_writer, mirror_scalars
from rl_trainer_ext.metrics import Metrics
from rl_trainer_ext.metrics.reading import EventReader
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch.utils.tensorboard import SummaryWriter


@pytest.mark.parametrize("gathers", [True, False])
def test_the_scalars_of_a_step_are_one_event(tmp_path, gathers):
    class Forwarding(SummaryWriter):
        """As those of RSL-RL for other services: each scalar also goes somewhere else."""

        def add_scalar(self, *args, **kwargs):
            super().add_scalar(*args, **kwargs)

    metrics, writer = Metrics(), (SummaryWriter if gathers else Forwarding)(str(tmp_path))
    mirror_scalars(writer, metrics, lambda error, what: False)
    for step in range(3):
        writer.add_scalar("Train/mean_reward", step / 2, step)
        writer.add_scalar("Train/mean_reward/time", step / 2, 10 + step)
        writer.add_scalar("Loss/value", torch.tensor(step / 4), global_step=step)
        assert metrics.last("Loss/value") == step / 4  # the panel does not wait for the file
        writer.flush()
        writer.flush()
    close_writer(writer)
    (file,) = tmp_path.glob("events.out.tfevents.*")
    events = [event for event in LegacyEventFileLoader(str(file)).Load() if event.summary.value]
    assert [len(event.summary.value) for event in events] == ([2, 1] if gathers else [1, 1, 1]) * 3
    reader = EventReader(tmp_path)
    reader.read()
    for tag in metrics.tags:
        expected, found = metrics.get(tag).points(), reader.metrics.get(tag).points()
        assert [array.tolist() for array in found] == [array.tolist() for array in expected]


def test_nothing_is_left_to_a_thread(tmp_path):
    writer, threads = SummaryWriter(str(tmp_path)), threading.active_count()
    writer.add_text("note", "before")
    mirror_scalars(writer, Metrics(), lambda error, what: False)
    assert threading.active_count() == threads - 1
    writer.add_text("note", "after")
    writer.add_scalar("Loss/value", 0.5, 7)
    writer.flush()
    # not closed: as a killed process leaves it
    (file,) = tmp_path.glob("events.out.tfevents.*")
    tags = [value.tag for event in LegacyEventFileLoader(str(file)).Load() for value in event.summary.value]
    assert tags == ["note/text_summary", "note/text_summary", "Loss/value"]


def test_an_event_that_cannot_be_written_is_tried_again_and_waits_for_the_end(tmp_path):
    said, folder = [], tmp_path / "run"
    writer = SummaryWriter(str(folder))

    def waits(error: BaseException, what: str) -> bool:
        said.append(f"{what}: {error}")
        if len(said) == 2:
            away.rename(folder)
        return len(said) != 3

    mirror_scalars(writer, Metrics(), waits)
    away = folder.rename(tmp_path / "away")
    writer.add_scalar("Loss/value", 0.5, 0)
    writer.flush()
    away = folder.rename(tmp_path / "away")
    writer.add_scalar("Loss/value", 1.5, 1)
    with pytest.raises(FileNotFoundError):
        writer.flush()
    away.rename(folder)
    close_writer(writer)
    assert len(said) == 3
    assert "the curves: [Errno 2]" in said[0]
    reader = EventReader(folder)
    reader.read()
    assert reader.metrics.get("Loss/value").points()[1].tolist() == [0.5, 1.5]
