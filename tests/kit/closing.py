# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit closing, or the extension disabled, in mid-training with fast shutdown: closing.py FOLDER quit|disable.

Isaac Lab's PhysxManager asks for a frame when it closes. There is no PhysX here: closing.json says whether the same
request, made while the environment of a run on Newton is being closed, got one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import stand_ins
import usd_stand_ins
from kernel import EXTENSION, Kernel


def main(folder: Path, how: str) -> None:
    """Trains until the first iteration is done, then ends in the way asked for, inside a frame of Kit."""
    kit = Kernel(folder, options=("--/app/extensions/registryEnabled=false", "--/app/fastShutdown=true"))
    stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn())
    stand_ins.install("omni.usd", usd_stand_ins.OmniUsdStandIn())
    import carb.eventdispatcher
    import carb.settings
    import omni.kit.app

    carb.settings.get_settings().set("/exts/rl_trainer_ext/log_root", str(folder / "logs"))
    carb.settings.get_settings().set("/exts/rl_trainer_ext/visualizer", False)
    kit.enable()
    kit.until(lambda: kit.snapshot.state.name == "IDLE", "IDLE", 120)
    from isaaclab.sim import SimulationContext
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.training.snapshot import Train

    app, frames = omni.kit.app.get_app(), [0]
    found: dict[str, Any] = {"fast": carb.settings.get_settings().get("/app/fastShutdown")}
    clear = SimulationContext.clear_instance

    def frame(event: Any) -> None:
        frames[0] += 1

    def clear_with_a_frame(*context: Any) -> None:
        before = frames[0]
        app.update()  # as PhysxManager.close does
        found["frames"] = frames[0] - before
        clear()

    def write(event: Any) -> None:
        run = next((folder / "logs").rglob("rl_trainer.json"))
        found["status"] = json.loads(run.read_text(encoding="utf-8"))["status"]
        found["saved"] = bool(list(run.parent.glob("model_*.pt")))
        found["errors"] = kit.errors()
        (folder / "closing.json").write_text(json.dumps(found), encoding="utf-8")

    SimulationContext.clear_instance = clear_with_a_frame
    config = RunConfig(
        task="Isaac-Cartpole-Direct",
        library="rsl_rl",
        num_envs=16,
        max_iterations=1000,
        device="cpu",
        overrides=("physics=newton_mjwarp",),
        log_root=str(folder / "logs"),
    )
    kit.host.trainer.request(Train(config))
    kit.until(lambda: kit.snapshot.iteration >= 1, "iteration 1", 120)

    def end(event: Any) -> None:
        if how == "disable":
            ending.clear()
            kit.manager.set_extension_enabled_immediate(EXTENSION, False)

    observe = carb.eventdispatcher.get_eventdispatcher().observe_event
    # with a fast shutdown nothing of this file runs after the last event
    observers = [
        observe(event_name=omni.kit.app.GLOBAL_EVENT_PRE_SHUTDOWN, on_event=write, observer_name="test", order=100),
        observe(event_name=omni.kit.app.GLOBAL_EVENT_UPDATE, on_event=frame, observer_name="test", order=50),
    ]
    ending = [observe(event_name=omni.kit.app.GLOBAL_EVENT_UPDATE, on_event=end, observer_name="test", order=20)]
    if how == "disable":
        app.update()
    app.post_quit()
    app.update()
    del observers
    kit.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
