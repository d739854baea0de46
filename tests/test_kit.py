# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""NVIDIA's Kit kernel reads the extension."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

# in a process of its own: the kernel cannot be started a second time
KERNEL = """
import sys
from pathlib import Path

import omni

# omniverseclient makes omni a regular package, which the kernel's own part has to be added to
omni.__path__ = [*omni.__path__, str(Path(omni.__path__[0]) / "kernel" / "py" / "omni")]
from omni.kit_app import KitApp

app = KitApp()
app.startup(["--empty", "--no-window", "--/log/file=", "--ext-folder", sys.argv[1]])
(extension,) = [found for found in app.extension_manager.get_extensions() if found["name"] == "rl_trainer_ext"]
print("FOUND", extension["id"])
app.shutdown()
"""


@pytest.mark.skipif(
    os.environ.get("OMNI_KIT_ACCEPT_EULA") != "yes",
    reason="OMNI_KIT_ACCEPT_EULA=yes accepts NVIDIA's licence for Kit and runs this test",
)
def test_the_kernel_finds_the_extension():
    done = subprocess.run(
        [sys.executable, "-c", KERNEL, str(REPOSITORY / "exts")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    version = tomllib.loads((REPOSITORY / "exts/rl_trainer_ext/config/extension.toml").read_text())["package"][
        "version"
    ]
    assert f"FOUND rl_trainer_ext-{version}" in done.stdout
