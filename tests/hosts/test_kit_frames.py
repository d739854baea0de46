# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How Kit's frames are shared, on a simulated clock; and the line that installs what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.kit.frames import KitFrameLoop
from rl_trainer_ext.system.installation import isaac_lab, pip_line
from rl_trainer_ext.training.snapshot import State

KIT = 0.004
"""What Kit takes for itself in a frame [s]."""
PICTURE = 0.016
"""What the renderer takes in a frame with a picture [s]."""
STEP = 0.003
"""Length of an environment step [s]."""


class KitDouble:
    """Kit, its renderer and a training, which advance the clock; the mouse is idle."""

    def __init__(self, mode: RenderMode, share: float = 0.1) -> None:
        self.now = 100.0
        self.render_mode, self.viewport_share, self.idle_until = mode, share, 0.0
        self.state = State.TRAINING
        self.always_drawn = self.markers_changed = False
        self.undrawn = True
        self.enabled = True
        self.pictures = self.shown = self.frames_drawn = 0
        self.rendering = 0.0
        self.frames = KitFrameLoop(self, self, lambda: self.now)

    def tick(self, budget: float) -> None:
        end = self.now + budget
        while self.now < end:
            self.now += STEP
        self.undrawn = True

    def snapshot(self) -> SimpleNamespace:
        return SimpleNamespace(state=self.state)

    def drawn(self) -> None:
        self.undrawn = False

    def draw(self) -> bool:
        self.pictures += 1
        return True

    def enable(self, enabled: bool) -> None:
        self.enabled = enabled

    def go_on(self, seconds: float) -> None:
        """Frames of Kit for a time."""
        end = self.now + seconds
        while self.now < end:
            self.frames.run_frame(float("-inf"))
            self.frames_drawn += 1
            self.shown += self.enabled
            self.now += KIT + (PICTURE if self.enabled else 0.0)
            self.rendering += PICTURE if self.enabled else 0.0


def test_other_markers_of_a_paused_run_are_drawn_at_once() -> None:
    for mode, pictures in ((RenderMode.PARTIAL_RENDERING, 1), (RenderMode.NO_RENDERING, 0)):
        kit = KitDouble(mode)
        kit.state, kit.markers_changed = State.PAUSED, True
        kit.frames.run_frame(float("-inf"))
        kit.markers_changed = False
        kit.frames.run_frame(float("-inf"))
        assert kit.pictures == pictures


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_partial_rendering_costs_its_share_though_the_renderer_cannot_be_timed(share: float) -> None:
    kit = KitDouble(RenderMode.PARTIAL_RENDERING, share)
    kit.go_on(5)
    kit.rendering = 0.0
    kit.go_on(60)
    assert kit.rendering / 60 == pytest.approx(share, rel=0.25)
    assert kit.frames.statistics.figures().pictures == pytest.approx(kit.shown, abs=1)


def test_full_rendering_shows_every_frame_and_no_rendering_none() -> None:
    kit = KitDouble(RenderMode.FULL_RENDERING)
    kit.go_on(5)
    assert kit.pictures == kit.shown == kit.frames_drawn
    kit = KitDouble(RenderMode.NO_RENDERING)
    kit.go_on(5)
    assert kit.pictures == kit.shown == 0


@pytest.mark.parametrize("state", [State.IDLE, State.PAUSED, State.LAUNCHING])
def test_the_viewport_is_the_users_while_nothing_is_stepped(state: State) -> None:
    kit = KitDouble(RenderMode.NO_RENDERING)
    kit.state = state
    kit.go_on(1)
    assert kit.shown == kit.frames_drawn
    assert kit.pictures == 0


def test_tasks_with_cameras_keep_every_picture() -> None:
    kit = KitDouble(RenderMode.NO_RENDERING)
    kit.always_drawn = True
    kit.go_on(1)
    assert kit.shown == kit.frames_drawn


class CamerasDouble:
    """What the policy sees, always asked for; a picture of it takes time."""

    asked = True
    COST = 0.02

    def __init__(self, kit: KitDouble) -> None:
        self.kit, self.pictures = kit, 0
        kit.frames = KitFrameLoop(kit, kit, lambda: kit.now, self)

    def take(self) -> None:
        self.pictures += 1
        self.kit.now += self.COST


def test_what_the_policy_sees_costs_the_viewports_share() -> None:
    kit = KitDouble(RenderMode.PARTIAL_RENDERING, share=0.05)
    kit.always_drawn = True  # the renderer draws for the policy
    cameras = CamerasDouble(kit)
    kit.go_on(60)
    assert 0.03 < cameras.pictures * cameras.COST / 60 <= 0.05  # frames are too long for exactly its share
    kit.render_mode, before = RenderMode.NO_RENDERING, cameras.pictures
    kit.go_on(5)
    assert cameras.pictures == before


def test_with_the_viewport_it_shares_one_share() -> None:
    kit = KitDouble(RenderMode.PARTIAL_RENDERING, share=0.1)
    cameras = CamerasDouble(kit)
    kit.go_on(5)
    kit.rendering, before = 0.0, cameras.pictures
    kit.go_on(60)
    shown = cameras.pictures - before
    assert (kit.rendering + shown * cameras.COST) / 60 == pytest.approx(0.1, rel=0.25)
    assert shown == pytest.approx(kit.rendering / PICTURE, rel=0.05)


def test_the_line_names_isaac_sims_own_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISAAC_PATH", raising=False)
    assert pip_line(isaac_lab()) == f'{sys.executable} -m pip install "isaaclab[sb3,skrl]==3.0.0"'
    folder = tmp_path / "isaac sim"
    folder.mkdir()
    (folder / "python.sh").touch()
    monkeypatch.setenv("ISAAC_PATH", str(folder))
    assert pip_line("greenlet") == f'"{folder}/python.sh" -m pip install "greenlet"'
    python = folder / "kit" / "python" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.touch()
    assert pip_line("greenlet") == f'"{python}" -m pip install "greenlet"'
