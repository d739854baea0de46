# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the panel in Chromium while a training runs.

python tools/web_picture.py docs/images/web.png
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from playwright.sync_api import sync_playwright

TRAINING = ["train", "--task", "Isaac-Cartpole-Direct", "--library", "rsl_rl", "--num_envs", "64", "--device", "cpu"]
ITERATIONS = 150
"""Iterations of the training."""

TAKEN_AT = "logs/rsl_rl/cartpole_direct/*/model_100.pt"
"""The checkpoint at which the picture is taken."""

LIMIT = 600.0
"""Seconds after which something that does not happen is given up."""


class Program:
    """``rl-trainer train --web`` in a process of its own.

    Args:
        folder: Where it runs.
    """

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output.txt"
        command = [sys.executable, "-m", "rl_trainer_ext", *TRAINING, "--max_iterations", str(ITERATIONS), "--web", "0"]
        with self._output.open("wb") as output:
            # with choices of its own: the user's stay as they are
            environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "settings")}
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(LIMIT)

    def until[Found](self, look: Callable[[], Found | None]) -> Found:
        """Waits until something is found."""
        end = time.monotonic() + LIMIT
        while (found := look()) is None:
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The picture cannot be made: {self._output.read_text()}")
            time.sleep(0.1)
        return found

    def link(self) -> str:
        """Waits for the link that the program prints."""
        return self.until(lambda: re.search(r"The panel is at (\S+)", self._output.read_text()))[1]


def main(path: Path) -> None:
    """Watches a training in Chromium, and writes the picture."""
    with (
        tempfile.TemporaryDirectory(prefix="training-") as folder,
        sync_playwright() as started,
        Program(Path(folder)) as program,
    ):
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(program.link())
        program.until(lambda: next(Path(folder).glob(TAKEN_AT), None))
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
