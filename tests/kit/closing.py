# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings in one Kit, as Isaac Sim runs and closes it: closing.py FOLDER.

The run loop is Isaac Sim's own, omni.kit.loop-isaac, where it has been fetched. One training runs to its end, one is
under way when the extension is disabled, and one when Kit quits with the fast shutdown that Isaac Sim sets. Writes
loop.json, disable.json and quit.json.

Isaac Lab's PhysxManager asks for a frame when it closes. There is no PhysX here: the files say whether the same
request, made while the environment of a run on Newton is being closed, got one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import stand_ins
import usd_stand_ins
from kernel import EXTENSION, ISAAC_SIM_PARTS, Kernel

LOOP = "omni.kit.loop-isaac"
LOOP_OPTIONS = ("--ext-folder", str(ISAAC_SIM_PARTS), "--enable", LOOP) if ISAAC_SIM_PARTS.is_dir() else ()
LIMITED = "/app/runLoops/main/rateLimitEnabled"
"""Whether the run loop limits the number of frames in a second."""


class Trainings:
    """Starts trainings, and watches how each is closed.

    Args:
        folder: For Kit, the runs and the reports.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        options = ("--/app/extensions/registryEnabled=false", "--/app/fastShutdown=true", *LOOP_OPTIONS)
        self.kit = Kernel(folder, options=options)
        stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn())
        stand_ins.install("omni.usd", usd_stand_ins.OmniUsdStandIn())
        import carb.settings

        self.settings = carb.settings.get_settings()
        self.settings.set(f"/exts/{EXTENSION}/log_root", str(folder / "logs"))
        self.settings.set(f"/exts/{EXTENSION}/visualizer", False)
        self._frames = 0
        self._found: dict[str, Any] = {}
        self._observers = [self.observe("GLOBAL_EVENT_UPDATE", self._frame, order=50)]

    def observe(self, event: str, called: Any, order: int) -> Any:
        """Observes an event of Kit for as long as the returned object exists."""
        import carb.eventdispatcher
        import omni.kit.app

        name = getattr(omni.kit.app, event)
        return carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=name, on_event=called, observer_name="test", order=order
        )

    def enable(self) -> None:
        """Enables the extension and waits until it has loaded Isaac Lab."""
        self.kit.enable()
        self.kit.until(lambda: self.kit.snapshot.state.name == "IDLE", "IDLE")

    def start(self, name: str, iterations: int) -> None:
        """Starts a training below ``logs/name``, and waits for its first iteration."""
        from rl_trainer_ext.run_config import RunConfig
        from rl_trainer_ext.training.commands import Train

        log_root = self._folder / "logs" / name
        config = RunConfig(
            task="Isaac-Cartpole-Direct",
            library="rsl_rl",
            num_envs=16,
            max_iterations=iterations,
            device="cpu",
            overrides=("physics=newton_mjwarp",),
            log_root=str(log_root),
        )
        self.kit.host.trainer.request(Train(config))

        def has_iterated() -> bool:
            snapshot = self.kit.snapshot
            return (
                snapshot.iteration >= 1 and snapshot.run_dir is not None and snapshot.run_dir.is_relative_to(log_root)
            )

        self.kit.until(has_iterated, "iteration 1")

    def ask_for_a_frame_in_closing(self) -> None:
        """Lets Isaac Lab ask for a frame when it closes an environment, as PhysxManager does, and counts the frames."""
        from isaaclab.sim import SimulationContext

        clear = SimulationContext.clear_instance

        def clear_with_a_frame(*context: Any) -> None:
            before = self._frames
            self.kit.app.update()
            self._found["frames"] = self._frames - before
            clear()

        SimulationContext.clear_instance = clear_with_a_frame

    def report(self, name: str) -> None:
        """Writes how the training ``name`` was closed."""
        run = next((self._folder / "logs" / name).rglob("rl_trainer.json"))
        self._found["fast"] = self.settings.get("/app/fastShutdown")
        self._found["status"] = json.loads(run.read_text(encoding="utf-8"))["status"]
        self._found["saved"] = bool(list(run.parent.glob("model_*.pt")))
        self._found["errors"] = self.kit.errors()
        (self._folder / f"{name}.json").write_text(json.dumps(self._found), encoding="utf-8")
        self._found = {}

    def _frame(self, event: Any) -> None:
        self._frames += 1


def train_to_the_end(trainings: Trainings, report: Path) -> None:
    """Trains three iterations, and writes what the run loop did meanwhile."""
    kit, settings = trainings.kit, trainings.settings
    found = {"loop": kit.manager.is_extension_enabled(LOOP), "limit": settings.get(LIMITED)}
    trainings.start("loop", iterations=3)
    found["limit_in_run"] = settings.get(LIMITED)
    kit.until(lambda: kit.snapshot.status not in ("", "running"), "the end")
    snapshot = kit.snapshot
    failure = snapshot.failure.message if snapshot.failure else ""
    found.update(status=snapshot.status, iteration=snapshot.iteration, failure=failure)
    report.write_text(json.dumps(found), encoding="utf-8")


def disable_in_mid_training(trainings: Trainings) -> None:
    """Disables the extension inside a frame of Kit."""
    kit = trainings.kit
    trainings.start("disable", iterations=1000)

    def disable(event: Any) -> None:
        disabling.clear()
        kit.manager.set_extension_enabled_immediate(EXTENSION, False)

    disabling = [trainings.observe("GLOBAL_EVENT_UPDATE", disable, order=20)]
    kit.app.update()
    trainings.report("disable")


def quit_in_mid_training(trainings: Trainings) -> None:
    """Ends Kit. With a fast shutdown nothing of this file runs after the last event."""
    trainings.start("quit", iterations=1000)
    reporting = trainings.observe("GLOBAL_EVENT_PRE_SHUTDOWN", lambda event: trainings.report("quit"), order=100)
    trainings.kit.app.post_quit()
    trainings.kit.app.update()
    del reporting
    trainings.kit.close()


def main(folder: Path) -> None:
    """Runs all three in one Kit."""
    trainings = Trainings(folder)
    trainings.enable()
    train_to_the_end(trainings, folder / "loop.json")
    trainings.ask_for_a_frame_in_closing()
    disable_in_mid_training(trainings)
    trainings.enable()
    quit_in_mid_training(trainings)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
