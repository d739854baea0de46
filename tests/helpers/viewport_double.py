# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A double of a viewport for tests of what shows it: it draws no environment."""

from __future__ import annotations

import numpy as np
from rl_trainer_ext.viewport.interface import MarkerKind


class ViewportDouble:
    """Serves pictures that a test made, and records what it is asked for.

    Args:
        num_envs: How many environments it says that there are.
    """

    def __init__(self, num_envs: int = 0) -> None:
        self.picture: np.ndarray | None = None
        self.serial = 0
        self.num_envs = num_envs
        self.problem = self.notice = ""
        self.size = (640, 360)
        self.followed: int | None = None
        self.markers: frozenset[MarkerKind] = frozenset()
        self.shown_markers: frozenset[MarkerKind] = frozenset()
        self.unavailable_markers: dict[MarkerKind, str] = {}
        self.calls: list[tuple] = []

    def serve(self, color: tuple[int, int, int] = (90, 140, 200), width: int = 0, height: int = 0) -> None:
        """A new picture: a sky of this colour over a chequered ground."""
        width, height = width or self.size[0], height or self.size[1]
        picture = np.full((height, width, 4), 255, np.uint8)
        picture[..., :3] = color
        rows, columns = np.mgrid[0 : height - height // 2, 0:width]
        ground = 70 + 40 * ((rows // 24 + columns // 48) % 2)
        picture[height // 2 :, :, :3] = ground[..., None].astype(np.uint8)
        self.picture = picture
        self.serial += 1

    def of(self, name: str) -> list[list]:
        """The arguments of the recorded calls of one name."""
        return [arguments for called, *arguments in self.calls if called == name]

    def configure(self, env_cfg: object) -> None:
        self.calls.append(("configure", env_cfg))

    def attach(self, env: object) -> None:
        self.calls.append(("attach", env))

    def detach(self) -> None:
        self.calls.append(("detach",))

    def draw(self) -> bool:
        return False

    def resize(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.calls.append(("resize", width, height))

    def on_ground(self, right: float, down: float) -> tuple[float, float]:
        """As a camera that looks along the world's y."""
        return right, -down

    def orbit(self, right: float, down: float) -> None:
        self.calls.append(("orbit", right, down))

    def pan(self, right: float, down: float) -> None:
        self.calls.append(("pan", right, down))

    def zoom(self, notches: float) -> None:
        self.calls.append(("zoom", notches))

    def frame(self) -> None:
        self.calls.append(("frame",))

    def follow(self, env_index: int | None) -> None:
        self.followed = env_index
        self.calls.append(("follow", env_index))

    def show_markers(self, kinds: frozenset[MarkerKind]) -> None:
        self.shown_markers = kinds
        self.calls.append(("show_markers", kinds))

    def show(self, count: int) -> None:
        self.calls.append(("show", count))
