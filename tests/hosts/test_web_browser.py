# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A user with a real browser: opens the link, trains, watches the curve, loses the connection and returns."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.runs.record import RunRecord

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.subprocess,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: sudo apt-get install chromium"),
]

LIMIT = 240.0
SIZE = {"width": 1280, "height": 720}
TRAIN, STOP, CURVE = (948, 49), (1165, 49), {"x": 10, "y": 580, "width": 245, "height": 110}
"""Two buttons of the panel, and the curve over the viewport [pixels]."""


class Program:
    """``rl-trainer --web`` in a process, after a first short training."""

    def __init__(self, folder: Path) -> None:
        self.log_root = folder / "logs"
        self.output = folder / "output.txt"
        words = ["train", "--task", "Isaac-Cartpole-Direct", "--num_envs", "8", "--max_iterations", "400"]
        words += ["--library", "rsl_rl", "--device", "cpu", "--log_root", str(self.log_root), "--web", "0"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rl_trainer_ext", *words], cwd=folder, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def link(self) -> str:
        """The link that it has printed."""
        return self.until(lambda: self.output.read_text().partition("The panel is at ")[2].partition("\n")[0])

    def until(self, reached: Callable[[], str]) -> str:
        end = time.monotonic() + LIMIT
        while not (found := reached()):
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < end, self.output.read_text()
            time.sleep(0.05)
        return found

    def trains(self, number: int) -> str:
        """The run of a number, once it has logged its first iteration; before, a stop would leave nothing of it."""
        folders = sorted(path.parent for path in self.log_root.glob("*/*/*/events.out.tfevents.*"))
        return folders[number - 1].name if len(folders) == number else ""

    def statuses(self) -> list[str]:
        """How the runs stand, the oldest first."""
        records = [RunRecord.read(path.parent) for path in sorted(self.log_root.glob("*/*/*/rl_trainer.json"))]
        return [record.status.value for record in records if record is not None]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("web"))
    yield program
    program.process.send_signal(signal.SIGINT)
    assert program.process.wait(LIMIT) == 130


def test_a_training_is_watched_stopped_and_found_again(program: Program, tmp_path: Path) -> None:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport=SIZE, bypass_csp=True)  # for what the test asks the page
        page = context.new_page()
        page.goto(program.link)
        sees(page, "screen_.width === 1280 && screen_.height === 720 && control")

        program.until(lambda: program.trains(1))
        changes(page)  # the curve grows
        page.screenshot(path=tmp_path / "panel.png")
        page.mouse.click(*STOP)
        program.until(lambda: "stopped" if program.statuses() == ["stopped"] else "")

        # the link is gone for a while, in the middle of a click; the training that is started then goes on alone
        page.mouse.click(*TRAIN)
        program.until(lambda: program.trains(2))
        page.mouse.move(*CURVE_MIDDLE)
        page.mouse.down()
        context.set_offline(True)
        page.evaluate("socket.close()")
        sees(page, "sentence.textContent.startsWith('The connection is lost')")
        context.set_offline(False)
        sees(page, "control && sentence.textContent === ''")
        changes(page)

        wrong = context.new_page()
        wrong.goto(program.link.partition("#")[0] + "#wrong")
        sees(wrong, 'sentence.textContent.startsWith("The link\'s token is not valid")')
        browser.close()

    # without a viewer it trains on; the next viewer stops it
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, bypass_csp=True)
        page.goto(program.link)
        sees(page, "control")
        assert program.statuses()[1] == "running"
        sees(page, "screen_.width === 1280")
        page.mouse.click(*STOP)
        program.until(lambda: "stopped" if program.statuses() == ["stopped", "stopped"] else "")
        browser.close()


CURVE_MIDDLE = (CURVE["x"] + CURVE["width"] // 2, CURVE["y"] + CURVE["height"] // 2)


def sees(page: object, expression: str) -> None:
    """Waits until an expression is true in the page."""
    page.wait_for_function(expression, timeout=1000 * LIMIT)  # type: ignore[attr-defined]


def changes(page: object) -> None:
    """Waits until the picture of the curve has changed twice."""
    seen = {page.screenshot(clip=CURVE)}  # type: ignore[attr-defined]
    end = time.monotonic() + LIMIT
    while len(seen) < 3:
        assert time.monotonic() < end, "the curve does not change"
        seen.add(page.screenshot(clip=CURVE))  # type: ignore[attr-defined]
