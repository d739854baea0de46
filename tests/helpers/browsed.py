# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A run browser in a window, what drives it, and stand-ins for what it would open elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DELETE, F2, SHIFT, Z = 261, 291, 340, 90
MODELS = ("model_0.pt", "model_50.pt", "model_99.pt", "best.pt")


@dataclass
class DesktopDouble:
    """Notes what would be opened and copied."""

    done: list[tuple[str, str]] = field(default_factory=list)

    def reveal(self, path: Path) -> None:
        self.done.append(("reveal", str(path)))

    def open_file(self, path: Path) -> None:
        self.done.append(("play", str(path)))

    def open_link(self, link: str) -> None:
        self.done.append(("open", link))

    def copy(self, text: str) -> None:
        self.done.append(("copy", text))


@dataclass
class BoardDouble:
    """A TensorBoard that answers when the test says so."""

    url: str = ""
    problem: str = ""
    starting: bool = False
    running_elsewhere: bool = False

    def start(self) -> None:
        self.starting = True

    def update(self) -> None:
        pass

    def stop(self) -> None:
        self.url, self.starting = "", False


@dataclass
class ChildJobDouble:
    """A child process that gets on when the test says so."""

    subject: str = "Working on it"
    outcome: str = ""
    problem: str = ""
    done: bool = False
    progress: str = ""

    def update(self) -> None:
        pass

    def stop(self) -> None:
        self.done = True


@dataclass
class Browsed:
    """A run browser in a window, with the panel that it plays through, and what drives them."""

    browser: Any
    trainer: Any
    panel: Any
    settings: Any
    driver: Any
    root: Path
    desktop: DesktopDouble
    board: Any
    clock: list[float]
    windows: list[Any]

    def close(self) -> None:
        """Takes everything away."""
        if self.browser is not None:
            self.browser.destroy()
            self.panel.destroy()
            for window in self.windows:
                window.set_key_pressed_fn(None)
                window.visible = False
                window.destroy()
        self.browser = self.panel = self.driver = None

    def settle(self) -> None:
        """Lets frames pass until index and curves are read."""
        self.driver.tick(12)

    def click_row(self, number: int, *modifiers: int) -> None:
        for key in modifiers:
            self.driver.hold(key, True)
        self.driver.click(f"run_row:{number}", right=0.1)
        for key in modifiers:
            self.driver.hold(key, False)

    @property
    def rows(self) -> list[str]:
        """Names of the runs that are in sight, from above."""
        prefix = "run_name:"
        found = [w for w in self.driver.widgets() if w.identifier.startswith(prefix)]
        return [w.text for w in sorted(found, key=lambda w: int(w.identifier.removeprefix(prefix)))]

    @property
    def selected(self) -> list[int]:
        """Numbers of the rows that are marked."""
        prefix = "run_row:"
        rows = [w for w in self.driver.widgets() if w.identifier.startswith(prefix) and w.selected]
        return sorted(int(w.identifier.removeprefix(prefix)) for w in rows)

    def message(self) -> str:
        return self.driver.text("runs_message") if self.driver.shown("runs_message") else ""
