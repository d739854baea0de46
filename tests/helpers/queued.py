# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A panel and the window of the queue beside it, and what drives them; the trainer is a double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.queue.model import Entry, ProcessKind, QueuedRun, Request, RunState
from rl_trainer_ext.training.snapshot import State

CARTPOLE = RunConfig("Isaac-Cartpole", "rsl_rl", device="cpu")


class CommandLines:
    """Says what it would start, and starts nothing."""

    def words(self, config: RunConfig, kind: ProcessKind) -> list[str]:
        return [kind.value, *config.train_words()]

    def text(self, config: RunConfig, kind: ProcessKind) -> str:
        return f"{kind.value}: {config.train_command()}"

    def start(self, config: RunConfig, kind: ProcessKind) -> Any:
        raise NotImplementedError


@dataclass
class ShownQueue:
    """The queue in a window, the panel in another one, and what drives them."""

    panel: Any
    pane: Any
    runner: Any
    trainer: Any
    settings: Any
    in_panel: Any
    in_queue: Any
    clock: list[float]
    windows: list[Any]
    copied: list[str] = field(default_factory=list)
    curves: list[tuple[list[Path], bool]] = field(default_factory=list)

    def show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        self.curves.append((list(folders), mean))

    def add(self, *entries: Entry) -> None:
        """Puts entries into the queue, as an earlier program left them."""
        self.runner.queue.extend(entries)
        self.in_queue.tick(4)

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Number, title and state of the entries in sight, from above."""
        prefixes = ("queue_number:", "queue_title:", "queue_state:")
        labels = (widget for widget in self.in_queue.widgets() if widget.identifier.startswith(prefixes))
        texts = {widget.identifier: widget.text for widget in labels}
        count = sum(name.startswith("queue_title:") for name in texts)
        return [
            tuple(texts[f"queue_{column}:{row}"] for column in ("number", "title", "state")) for row in range(count)
        ]

    @property
    def numbers(self) -> list[int]:
        return [entry.number for entry in self.runner.queue.entries]

    @property
    def message(self) -> str:
        return self.in_queue.text("queue_message") if self.in_queue.shown("queue_message") else ""

    def trains(self, **values: Any) -> None:
        """The trainer obeys the last command."""
        command = self.trainer.of(Train)[-1]
        self.trainer.serve(asked=command, state=State.TRAINING, status="running", config=command.config, **values)
        self.in_queue.tick(3)

    def ends(self, status: str = "finished", **values: Any) -> None:
        """The run of the trainer ends."""
        self.trains()
        self.trainer.serve(state=State.IDLE, status=status, **values)
        self.in_queue.tick(3)

    def close(self) -> None:
        """Takes everything away."""
        self.pane.destroy()
        self.panel.destroy()
        for window in self.windows:
            window.set_key_pressed_fn(None)
            window.visible = False
            window.destroy()


def entry(*states: RunState, seeds: Sequence[int] = (), problem: str = "", **changes: Any) -> Entry:
    """An entry whose runs stand like this; those that have begun have a folder, those that finished a reward."""
    seeds = seeds or (tuple(range(1, len(states) + 1)) if len(states) > 1 else ())
    request = Request(CARTPOLE.replace(**changes), tuple(seeds))
    begun = (RunState.WAITING, RunState.SKIPPED)
    runs = tuple(
        QueuedRun(
            seeds[index] if seeds else request.config.seed,
            state,
            "" if state in begun else f"/logs/rsl_rl/cartpole/run_{index}",
            problem=problem if state is RunState.FAILED else "",
            iterations=None if state in begun else 300,
            mean_reward=4.9 - 0.2 * index if state is RunState.FINISHED else None,
        )
        for index, state in enumerate(states)
    )
    return Entry(1, request, runs)
