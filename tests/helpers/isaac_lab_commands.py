# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's own commands, in copies of the warm process."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

from helpers.runs_made_here import CARTPOLE
from helpers.warm import WarmProcess

LIMIT = 300
"""Seconds after which a command counts as hanging."""

AGAIN = 15
"""Seconds after which a person presses Ctrl+C again."""


def start(
    warm_process: WarmProcess,
    command: str,
    library: str,
    *arguments: str,
    folder: Path,
    device: tuple[str, ...] | None = None,
) -> subprocess.Popen[str]:
    """Starts ``isaaclab <command>`` on Cartpole in a folder, as :data:`.runs_made_here.CARTPOLE` has it.

    Args:
        warm_process: The process to copy.
        command: Such as ``train``.
        library: Isaac Lab's name of the library.
        arguments: More of them.
        folder: The folder to work in.
        device: The overrides that set the device of the agent; None for ``agent.device``, which skrl has not.
    """
    if device is None:
        device = () if library == "skrl" else ("agent.device=cpu",)
    asked = [
        *("--rl_library", library, "--task", CARTPOLE.task, "--num_envs", str(CARTPOLE.num_envs)),
        *("--device", "cpu", *arguments, *device, "physics=newton_mjwarp"),
    ]
    return subprocess.Popen(
        warm_process.python("-m", "isaaclab", command, *asked),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Waits for a command to succeed, and returns what it printed."""
    try:
        printed, _ = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0, printed[-3000:]
    return printed


def play_and_interrupt(process: subprocess.Popen[str]) -> str:
    """Waits until a playback runs, interrupts it as Ctrl+C does, and returns what it printed."""
    assert process.stdout is not None
    printed = ""
    with process:
        try:
            for line in process.stdout:
                printed += line
                if "Policy playback is running" in line:
                    break
            assert "Policy playback is running" in printed, printed[-3000:]
            printed += _interrupt(process)
            # -SIGINT: it came before the command's loop, which expects it
            assert process.returncode in (0, -signal.SIGINT), printed[-3000:]
        finally:
            process.kill()
    return printed


def _interrupt(process: subprocess.Popen[str]) -> str:
    """Interrupts a command, again if need be: Python drops an interrupt that arrives in a finaliser."""
    for _ in range(LIMIT // AGAIN):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=AGAIN)[0]
    raise AssertionError("The command goes on after many interrupts.")
