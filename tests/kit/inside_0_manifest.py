# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Kit's real extension manager makes of the extension's manifest."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from kernel import ISAAC_SIM_PARTS, Kernel


def test_another_python_is_refused(kit: Kernel, tmp_path: Path) -> None:
    copies = {"for_cp311": False, "for_cp312": True}
    for name in copies:
        manifest = tmp_path / name / "config" / "extension.toml"
        shutil.copytree(kit.extension_folder / "config", manifest.parent)
        text = manifest.read_text(encoding="utf-8")
        assert text.count('python = ["cp312"]') == 1
        # the manifest alone: the code of the extension itself is not for a second copy in the same Kit
        text = text.replace("cp312", name.removeprefix("for_")).replace("[[python.module]]", "[unused]")
        manifest.write_text(text.replace("[python.pipapi]", "[unused_too]"), encoding="utf-8")
    kit.manager.add_path(str(tmp_path))
    kit.frames(2)
    for name, accepted in copies.items():
        kit.errors()
        kit.manager.set_extension_enabled_immediate(name, True)
        assert kit.manager.is_extension_enabled(name) is accepted
        kit.manager.set_extension_enabled_immediate(name, False)
        complaints = kit.errors()
        assert bool(complaints) is not accepted, complaints
    kit.manager.remove_path(str(tmp_path))
    kit.frames(2)
    kit.errors()


def test_the_manifest_says_what_those_of_isaac_sims_extensions_say(kit: Kernel) -> None:
    theirs = ISAAC_SIM_PARTS / "isaacsim.gui.menu" / "config" / "extension.toml"
    if not theirs.is_file():
        pytest.skip("Isaac Sim's extensions are not here: ./rl_trainer.sh test fetches them")

    def package(manifest: Path) -> dict:
        return tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]

    ours, isaac_sims = package(kit.extension_folder / "config" / "extension.toml"), package(theirs)
    assert isaac_sims.keys() - ours.keys() == set()
    for key in ("category", "writeTarget"):
        assert ours[key] == isaac_sims[key]
