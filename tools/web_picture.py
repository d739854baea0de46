# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the panel in Chromium while a training runs.

python tools/web_picture.py docs/images/web.png
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

TRAINING = ["train", "--task", "Isaac-Cartpole-Direct", "--library", "rsl_rl", "--num_envs", "64", "--device", "cpu"]
ITERATIONS, TAKEN_AT = 150, 100
"""Iterations of the training, and the one at which the picture is taken."""

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
            self.process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)

    def printed(self, pattern: str) -> str:
        """Waits until the program has printed a pattern, and returns its group."""
        end = time.monotonic() + LIMIT
        while (found := re.search(pattern, self._output.read_text())) is None:
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The picture cannot be made: {self._output.read_text()}")
            time.sleep(0.1)
        return found[1]


def main(path: Path) -> None:
    """Watches a training in Chromium, and writes the picture."""
    with tempfile.TemporaryDirectory(prefix="training-") as folder, sync_playwright() as started:
        program = Program(Path(folder))
        link = program.printed(r"The panel is at (\S+)")
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(link)
        program.printed(rf"Training ({TAKEN_AT}|{TAKEN_AT // 10}[1-9]|{TAKEN_AT // 10 + 1}\d) of")
        page.screenshot(path=path)
        browser.close()
        program.process.send_signal(signal.SIGINT)
        program.process.wait(LIMIT)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
