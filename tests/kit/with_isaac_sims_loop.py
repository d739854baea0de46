# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A training in Kit under Isaac Sim's own run loop, the real omni.kit.loop-isaac: with_isaac_sims_loop.py FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import stand_ins
import usd_stand_ins
from kernel import ISAAC_SIM_PARTS, Kernel

LOOP = "omni.kit.loop-isaac"


def main(folder: Path) -> None:
    """Trains three iterations and writes what became of them."""
    options = ("--/app/extensions/registryEnabled=false", "--ext-folder", str(ISAAC_SIM_PARTS), "--enable", LOOP)
    kit = Kernel(folder, options=options)
    stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn())
    stand_ins.install("omni.usd", usd_stand_ins.OmniUsdStandIn())
    import carb.settings

    settings = carb.settings.get_settings()
    found = {
        "loop": kit.manager.is_extension_enabled(LOOP),
        "limit": settings.get("/app/runLoops/main/rateLimitEnabled"),
    }
    settings.set("/exts/rl_trainer_ext/log_root", str(folder / "logs"))
    settings.set("/exts/rl_trainer_ext/visualizer", False)
    kit.enable()
    kit.until(lambda: kit.snapshot.state.name == "IDLE", "IDLE", 120)
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.training.snapshot import Train

    config = RunConfig(
        task="Isaac-Cartpole-Direct",
        library="rsl_rl",
        num_envs=16,
        max_iterations=3,
        device="cpu",
        overrides=("physics=newton_mjwarp",),
        log_root=str(folder / "logs"),
    )
    kit.host.trainer.request(Train(config))
    kit.until(lambda: kit.snapshot.iteration >= 1, "iteration 1", 120)
    found["limit_in_run"] = settings.get("/app/runLoops/main/rateLimitEnabled")
    kit.until(lambda: kit.snapshot.status not in ("", "running"), "the end", 120)
    snapshot = kit.snapshot
    failure = snapshot.failure.message if snapshot.failure else ""
    found.update(status=snapshot.status, iteration=snapshot.iteration, failure=failure)
    kit.enable(False)
    (folder / "loop.json").write_text(json.dumps(found), encoding="utf-8")
    kit.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
