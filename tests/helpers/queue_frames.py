# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A queue, a double of the trainer that does what a test says, and the frames of a host."""

from __future__ import annotations

from typing import Any

from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.queue.model import ProcessKind, Request
from rl_trainer_ext.training.queue.runner import QueueRunner
from rl_trainer_ext.training.snapshot import State

from .recording_trainer import RecordingTrainerDouble, idle
from .runs_made_here import CARTPOLE


class Queued:
    """A queue, a trainer that does what the test says, and the frames of a host."""

    def __init__(self, *requests: Request, launcher: Any = None, reloads: bool = False) -> None:
        self.trainer = RecordingTrainerDouble(idle())
        self.runner = QueueRunner(self.trainer, launcher, reloads=lambda: reloads)
        for request in requests:
            self.runner.queue.add(request)

    def frame(self, *commands: Any) -> None:
        for command in commands:
            self.runner.request(command)
        self.runner.update(self.trainer.snapshot())

    @property
    def states(self) -> list[list[str]]:
        return [[run.state.value for run in entry.runs] for entry in self.runner.queue.entries]

    @property
    def seeds_asked(self) -> list[int | None]:
        return [command.config.seed for command in self.trainer.of(Train)]

    @property
    def message(self) -> str:
        message = self.runner.view().message
        return "" if message is None else message.text

    def trains(self, state: State = State.TRAINING, **values: Any) -> None:
        """The trainer obeys the last command."""
        self.trainer.serve(
            asked=self.trainer.of(Train)[-1], state=state, status="running", refused=False, failure=None, **values
        )
        self.frame()

    def ends(self, status: str = "finished", **values: Any) -> None:
        """The run ends, and the next frame comes."""
        self.trains()
        self.trainer.serve(state=State.IDLE, status=status, **values)
        self.frame()


def asked(*seeds: int, process: ProcessKind = ProcessKind.THIS, **changes: Any) -> Request:
    return Request(CARTPOLE.replace(**changes), seeds, process)
