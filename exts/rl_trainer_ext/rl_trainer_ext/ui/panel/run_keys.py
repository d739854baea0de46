# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The keys that act on a run, in the panel as in the viewport: V, Space, and a single step of a playback or replay."""

from __future__ import annotations

from ...training.commands import Pause, Step, TrainerPort, Unpause
from ...training.snapshot import State
from ..widgets import keys
from .render_mode_choice import cycle_render_mode
from .replay_row import show_other_step


def toggle_pause(trainer: TrainerPort) -> None:
    """Pauses what trains or plays, or continues what is paused."""
    trainer.request(Unpause() if trainer.snapshot().state is State.PAUSED else Pause())


def run_key_pressed(trainer: TrainerPort, key: int) -> bool:
    """Runs the command of a key; returns whether it has one. Call it for shortcuts only."""
    known = keys.KEYS
    if key == known.v:
        cycle_render_mode(trainer)
    elif key == known.space:
        toggle_pause(trainer)
    elif key in (known.period, known.right):
        trainer.request(Step())
    elif key == known.comma:
        return show_other_step(trainer, -1)
    else:
        return False
    return True
