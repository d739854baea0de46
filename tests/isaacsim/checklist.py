# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The checklist of docs/verification.md, run inside Isaac Sim: isaac-sim.sh … --exec "checklist.py REPORT [OVERRIDE…]".

Writes a JSON object with what became of each step: an empty string, or why it failed. Not run where this is developed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXTENSION = "rl_trainer_ext"
WINDOW = "RL Trainer"
FRAMES = 20_000

REPORT, OVERRIDES = Path(*sys.argv[1:2]), sys.argv[2:]
"""Kit puts its own command line back as soon as this file has been executed, and the steps come later."""

KEPT: list[Any] = []
"""The task that runs the steps: asyncio itself would forget it."""


class Checklist:
    """The steps, in order; each finds Isaac Sim as the one before has left it."""

    def __init__(self) -> None:
        import omni.kit.app

        self.app = omni.kit.app.get_app()
        self.manager = self.app.get_extension_manager()

    @property
    def host(self) -> Any:
        from rl_trainer_ext.extension import get_host

        return get_host()

    @property
    def snapshot(self) -> Any:
        return self.host.trainer.snapshot()

    async def until(self, reached: Callable[[], Any], what: str) -> None:
        """Lets frames pass."""
        for _ in range(FRAMES):
            if reached():
                return
            await self.app.next_update_async()
        raise AssertionError(f"{what} was not reached: {self.snapshot}")

    async def until_state(self, name: str) -> None:
        await self.until(lambda: self.snapshot.state.name == name, name)

    async def click(self, identifier: str) -> None:
        from omni.kit import ui_test

        found = ui_test.find(f"{WINDOW}//Frame/**/*[*].identifier=='{identifier}'")
        assert found is not None, f"there is no widget '{identifier}'"
        # Train waits for what stands in the way of a task that was just chosen
        await self.until(lambda: found.widget.enabled, f"the button {identifier}")
        await found.click()
        await ui_test.human_delay(4)

    async def step_1_docked_beside_property(self) -> None:
        import omni.ui as ui

        window = ui.Workspace.get_window(WINDOW)
        await self.until(lambda: window.docked, "the dock")
        assert window.dock_id == ui.Workspace.get_window("Property").dock_id
        await self.until_state("IDLE")
        assert self.snapshot.failure is None, self.snapshot.failure

    async def step_3_train(self) -> None:
        from rl_trainer_ext.run_config import RunConfig

        config = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=64, max_iterations=10, seed=1)
        log_root = str(REPORT.parent / "logs")
        self.host.panel.set_config(config.replace(log_root=log_root, overrides=tuple(OVERRIDES)))
        await self.click("train")
        await self.until(lambda: self.snapshot.status not in ("", "running"), "the end")
        assert self.snapshot.status == "finished", self.snapshot.failure
        assert self.snapshot.mean_reward is not None
        assert self.snapshot.checkpoint.is_file()
        assert not self.snapshot.viewport_problem, self.snapshot.viewport_problem
        physics = (self.snapshot.run_dir / "params" / "env.yaml").read_text(encoding="utf-8")
        assert "isaaclab_physx.physics" in physics, "it did not train on Isaac Sim's PhysX"

        from isaacsim.core.simulation_manager import SimulationManager  # type: ignore[import-not-found]

        assert SimulationManager.__module__.startswith("isaacsim."), SimulationManager
        assert all(SimulationManager.is_default_callback_enabled(name) for name in ("warm_start", "on_stop"))

    async def step_4_render_modes(self) -> None:
        import omni.kit.viewport.utility as viewports
        from rl_trainer_ext.frames.sharing import RenderMode
        from rl_trainer_ext.training.commands import SetRenderMode

        self.host.panel.set_config(self.snapshot.config.replace(max_iterations=100_000))
        await self.click("train")
        await self.until(lambda: self.snapshot.iteration >= 2, "iteration 2")
        viewport = viewports.get_active_viewport_window().viewport_api
        pictures = {}
        for mode in RenderMode:
            self.host.trainer.request(SetRenderMode(mode))
            shown = []
            for _ in range(60):
                await self.app.next_update_async()
                shown.append(viewport.updates_enabled)
            pictures[mode] = sum(shown[5:])
        assert pictures[RenderMode.FULL_RENDERING] == 55, pictures
        assert 0 < pictures[RenderMode.PARTIAL_RENDERING] <= 55, pictures
        assert pictures[RenderMode.NO_RENDERING] == 0, pictures

    async def step_6_toolbar(self) -> None:
        import omni.timeline

        timeline = omni.timeline.get_timeline_interface()
        timeline.pause()
        await self.until_state("PAUSED")
        timeline.play()
        await self.until_state("TRAINING")
        timeline.stop()
        await self.until_state("IDLE")
        assert self.snapshot.status == "stopped", self.snapshot.failure

    async def step_7_play(self) -> None:
        await self.click("play")
        await self.until(lambda: self.snapshot.state.name == "PLAYING" and self.snapshot.steps > 100, "the playback")
        await self.click("stop")
        await self.until_state("IDLE")
        assert self.snapshot.status == "stopped", self.snapshot.failure

    async def step_8_newton(self) -> None:
        config = self.snapshot.config.replace(max_iterations=5, checkpoint=None, overrides=("physics=newton_mjwarp",))
        self.host.panel.set_config(config)
        await self.click("train")
        await self.until(lambda: self.snapshot.status not in ("", "running"), "the end")
        assert self.snapshot.status == "finished", self.snapshot.failure
        self.host.panel.set_config(config.replace(max_iterations=100_000, overrides=tuple(OVERRIDES)))

    async def step_10_disable_in_mid_training(self) -> None:
        import omni.ui as ui

        await self.click("train")
        await self.until(lambda: self.snapshot.iteration >= 2, "iteration 2")
        run_dir = self.snapshot.run_dir
        self.manager.set_extension_enabled_immediate(EXTENSION, False)
        for _ in range(5):
            await self.app.next_update_async()
        assert list(run_dir.glob("model_*.pt"))
        window = ui.Workspace.get_window(WINDOW)
        assert window is None or not window.visible

    async def step_11_enable_again(self) -> None:
        self.manager.set_extension_enabled_immediate(EXTENSION, True)
        await self.until_state("IDLE")
        await self.click("train")
        await self.until(lambda: self.snapshot.iteration >= 2, "iteration 2")
        await self.click("stop")
        await self.until_state("IDLE")


def steps() -> list[str]:
    """The names of the steps, in order."""
    return [name for name in vars(Checklist) if name.startswith("step_")]


async def run(report: Path) -> None:
    """Does every step, writes the report and ends Isaac Sim."""
    checklist, outcomes = Checklist(), {}
    for name in steps():
        try:
            await getattr(checklist, name)()
            outcomes[name] = ""
        except Exception:
            # the steps after it are tried all the same: each says something
            outcomes[name] = traceback.format_exc()
        report.write_text(json.dumps(outcomes), encoding="utf-8")
    checklist.app.post_quit(0)


if __name__ == "__main__":
    KEPT.append(asyncio.ensure_future(run(REPORT)))
