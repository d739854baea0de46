# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Loading the real omni.ui outside Kit, each time in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DRAW = """
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
try:
    ui, offscreen = load_omni_ui("Test", 320, 240)
except UserError as error:
    print("UserError:", error)
    raise SystemExit(2)

async def frames():
    window = ui.Window("Window", width=100, height=100)
    for _ in range(20):
        await ui.next_frame()
    ui.shutdown()

ui.run(frames())
print("offscreen" if offscreen else "window")
"""


def draw(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY") and "OMNIUI" not in k}
    command = [sys.executable, "-c", DRAW]
    return subprocess.run(
        command, cwd=directory, env=environ | variables, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_a_display_it_draws_offscreen_and_leaves_no_file(tmp_path: Path) -> None:
    run = draw(tmp_path)
    assert (run.returncode, run.stdout) == (0, "offscreen\n"), run.stderr
    assert not list(tmp_path.iterdir())


def test_without_a_vulkan_driver_it_says_what_to_install(tmp_path: Path) -> None:
    run = draw(tmp_path, VK_DRIVER_FILES="/nonexistent", VK_ICD_FILENAMES="/nonexistent")
    assert run.returncode == 2, run.stderr
    assert "apt-get install mesa-vulkan-drivers" in run.stdout


def test_a_display_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = draw(tmp_path, DISPLAY=":4711")
    assert run.returncode == 2, run.stderr
    assert "':4711'" in run.stdout
    assert len(run.stdout.splitlines()) == 1
