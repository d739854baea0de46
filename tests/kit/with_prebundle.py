# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit with an extension that brings an older Warp, as Isaac Sim 6.0 has it: with_prebundle.py FOLDER [OPTION OF KIT…].

Kit's kernel, its extension manager and its importer are real. The Warp in the extension is nothing but a version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import stand_ins
import usd_stand_ins
from kernel import Kernel

BRINGS = "omni.warp.core"
OLDER = "1.13.0"


def write_extension(extensions: Path) -> None:
    """An extension of Isaac Sim's name whose prebundle has a package that is installed beside Isaac Lab as well."""
    folder = extensions / BRINGS
    package, metadata = folder / "pip_prebundle" / "warp", folder / "pip_prebundle" / f"warp_lang-{OLDER}.dist-info"
    for each in (folder / "config", package, metadata):
        each.mkdir(parents=True)
    (folder / "config" / "extension.toml").write_text(
        '[package]\nversion = "1.13.0"\n\n[[python.module]]\npath = "pip_prebundle"\n', encoding="utf-8"
    )
    (package / "__init__.py").write_text(f'__version__ = "{OLDER}"\n', encoding="utf-8")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: warp-lang\nVersion: {OLDER}\n", encoding="utf-8")


def main(folder: Path, options: list[str]) -> None:
    """Enables RL Trainer beside that extension and writes what the panel says when Isaac Lab has been looked for."""
    write_extension(folder / "exts")
    kit = Kernel(folder, options=["--/app/extensions/registryEnabled=false", "--enable", BRINGS, *options])
    stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn("6.0.1"))
    stand_ins.install("omni.usd", usd_stand_ins.OmniUsdStandIn())
    found: dict[str, Any] = {"brought": kit.manager.is_extension_enabled(BRINGS)}
    kit.enable()
    kit.until(lambda: kit.snapshot.state.name == "IDLE", "IDLE")
    kit.frame()
    from rl_trainer_ext.hosts.kit.packages import found_version

    found.update(
        failure=kit.snapshot.failure.message if kit.snapshot.failure else "",
        notice=kit.snapshot.notice,
        tasks=bool(kit.snapshot.catalogue),
        warp=found_version("warp"),
        imported=sorted({"isaaclab", "torch"} & set(sys.modules)),
    )
    if found["failure"]:  # a click after it says it again
        from rl_trainer_ext.run_config import RunConfig
        from rl_trainer_ext.training.commands import Train

        kit.host.trainer.request(Train(RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl")))
        kit.frames(2)
        found["clicked"] = kit.snapshot.failure.message
    kit.enable(False)
    (folder / "prebundle.json").write_text(json.dumps(found), encoding="utf-8")
    kit.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
