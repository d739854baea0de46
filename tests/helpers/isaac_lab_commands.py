# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's own commands, in processes of their own."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

from helpers.runs_made_here import CARTPOLE

LIMIT = 300
"""Seconds after which a command counts as hanging."""


def start(
    command: str, library: str, *arguments: str, folder: Path, device: tuple[str, ...] = ("agent.device=cpu",)
) -> subprocess.Popen[str]:
    """Starts ``isaaclab <command>`` on Cartpole in a folder, as :data:`.runs_made_here.CARTPOLE` has it.

    Args:
        command: Such as ``train``.
        library: Isaac Lab's name of the library.
        arguments: More of them.
        folder: The folder to work in.
        device: The overrides that set the device of the agent.
    """
    asked = [
        *("--rl_library", library, "--task", CARTPOLE.task, "--num_envs", str(CARTPOLE.num_envs)),
        *("--device", "cpu", *arguments, *device, "physics=newton_mjwarp"),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "isaaclab", command, *asked],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        # tests that run in the background of a shell ignore Ctrl+C, and what they start would inherit that
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Waits for a command to succeed, and returns what it printed."""
    try:
        printed, _ = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0, printed[-3000:]
    return printed
