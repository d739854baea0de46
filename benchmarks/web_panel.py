# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Measures the panel in a browser: pictures a second, click to reaction, and what a viewer costs the training.

Needs Chromium and playwright. ``python -m benchmarks.web_panel [--picture PNG]``. The browser runs on the same machine,
so what it takes itself is part of what it costs.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rl_trainer_ext.hosts.console import say
from rl_trainer_ext.metrics import EventReader

SIZE = {"width": 1280, "height": 720}
STOP, FIELD = (1165, 49), (1100, 431)
"""Places in the panel: a button and a field [pixels]."""

PERIOD = 10.0
"""Seconds of one measurement of the training."""

_COUNT = """() => {
  window.pictures = 0;
  window.last = 0;
  socket.onmessage = async (event) => {
    if (typeof event.data === "string") return told(JSON.parse(event.data));
    await show(event.data);
    window.pictures++;
    window.last = performance.now();
  };
}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints the figures, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="web_panel", description=__doc__)
    parser.add_argument("--num_envs", type=int, default=64)
    parser.add_argument("--turns", type=int, default=3, help="turns without and with a viewer (default: 3)")
    parser.add_argument("--picture", metavar="PNG", help="write a picture of the page while it trains")
    arguments = parser.parse_args(argv)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("web_panel needs Chromium: sudo apt-get install chromium", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="web-panel-") as folder:
        program = Program(Path(folder), arguments.num_envs)
        try:
            with sync_playwright() as started:
                browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                measure(program, browser, arguments)
                browser.close()
        finally:
            program.end()
    return 0


class Program:
    """``rl-trainer train --web`` in a process."""

    def __init__(self, folder: Path, num_envs: int) -> None:
        self._log_root, self._output = folder / "logs", folder / "output.txt"
        words = ["train", "--task", "Isaac-Cartpole-Direct", "--library", "rsl_rl", "--device", "cpu"]
        words += ["--num_envs", str(num_envs), "--max_iterations", "100000", "--log_root", str(self._log_root)]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rl_trainer_ext", *words, "--web", "0"],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def link(self) -> str:
        """Waits for the first iterations; returns the link that it printed."""
        while self.iterations() < 3:
            if self._process.poll() is not None:
                sys.exit(self._output.read_text())
            time.sleep(0.5)
        return self._output.read_text().partition("The panel is at ")[2].split()[0]

    def iterations(self) -> int:
        """Returns how many iterations it has logged."""
        for events in self._log_root.glob("*/*/*/events*"):
            reader = EventReader(events.parent, library="rsl_rl")
            reader.read(5.0)
            return max((len(series) for series in reader.metrics), default=0)
        return 0

    def rate(self) -> float:
        """Returns iterations per second over one period."""
        before, begun = self.iterations(), time.monotonic()
        time.sleep(PERIOD)
        return (self.iterations() - before) / (time.monotonic() - begun)

    def end(self) -> None:
        """Stops it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60.0)


def measure(program: Program, browser: Any, arguments: argparse.Namespace) -> None:
    """Measures in turns without and with a viewer, then what one sees of an idle panel."""
    link, ratios, moving = program.link(), [], []
    for _ in range(arguments.turns):
        alone = program.rate()
        page = opened(browser, link)
        ratios.append(program.rate() / alone)
        if arguments.picture:
            page.screenshot(path=arguments.picture)
        moving.append(pictures_while_moving(page))
        page.context.close()
    say(f"training with a viewer, of its speed without: {statistics.median(ratios):.3f} ({_all(ratios)})")
    say(f"pictures/s while the mouse moves: {statistics.median(moving):.1f} ({_all(moving)})")
    page = opened(browser, link)
    page.mouse.click(*STOP)
    time.sleep(8.0)
    page.evaluate(_COUNT)
    time.sleep(5.0)
    say(f"pictures/s while nothing runs: {page.evaluate('window.pictures') / 5.0:.1f}")
    delays = [click(page) for _ in range(8)]
    say(f"click to the next picture [ms]: {statistics.median(delays):.0f} ({_all(delays)})")


def opened(browser: Any, link: str) -> Any:
    """Opens the link in a new window, once the picture has its size."""
    page = browser.new_context(viewport=SIZE, bypass_csp=True).new_page()
    page.goto(link)
    page.wait_for_function("screen_.width === 1280 && control", timeout=60_000)
    time.sleep(2.0)
    return page


def pictures_while_moving(page: Any) -> float:
    """Moves the mouse over the panel for five seconds; returns the pictures per second."""
    page.evaluate(_COUNT)
    begun, step = time.monotonic(), 0
    while time.monotonic() - begun < 5.0:
        page.mouse.move(950 + 7 * step % 300, 300 + 5 * step % 300)
        step += 1
        time.sleep(0.02)
    return float(page.evaluate("window.pictures")) / (time.monotonic() - begun)


def click(page: Any) -> float:
    """Clicks into a field; returns the time until the next picture is shown [ms]."""
    page.mouse.move(1150, 640)
    time.sleep(1.2)
    page.evaluate(
        "() => { window.last = 0; addEventListener('pointerdown', () => { window.pressed = performance.now(); }); }"
    )
    page.mouse.click(*FIELD)
    page.wait_for_function("window.pressed && window.last > window.pressed")
    return float(page.evaluate("window.last - window.pressed"))


def _all(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
