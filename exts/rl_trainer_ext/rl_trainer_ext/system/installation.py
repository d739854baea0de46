# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How to install a missing package into the Python that runs this program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..learners.formats import trainable

ISAAC_SIM = "isaaclab[isaacsim]==3.0.0"
"""Isaac Sim of the version that Isaac Lab requires; its extensions come from NVIDIA's own index."""

PYTHONS_OF_ISAAC_SIM = (
    ("kit/python/python.exe", "python.bat") if sys.platform == "win32" else ("kit/python/bin/python3", "python.sh")
)
"""Below Isaac Sim's folder, the preferred one first. With ``python.sh`` pip skips packages that come with
Isaac Sim's extensions, and these packages are missing where the extensions are excluded."""


def isaac_lab() -> str:
    """The requirement of Isaac Lab with the RL libraries that train here."""
    extras = ",".join(each.extra for each in trainable().values() if each.extra)
    return f"isaaclab[{extras}]==3.0.0" if extras else "isaaclab==3.0.0"


def interpreter() -> str:
    """Returns the Python to run programs with. In Kit, which embeds Python, ``sys.executable`` is Kit itself."""
    if _is_python(sys.executable):
        return sys.executable
    return str(Path(sys.prefix, "python.exe") if sys.platform == "win32" else Path(sys.prefix, "bin", "python3"))


def _is_python(executable: str | None) -> bool:
    return Path(executable or "").name.lower().startswith("python")


def pip_line(requirement: str) -> str:
    """Returns the command that installs a package into this Python, which in Isaac Sim is Isaac Sim's own."""
    root = os.environ.get("ISAAC_PATH")
    pythons = [str(Path(root, each)) for each in PYTHONS_OF_ISAAC_SIM if Path(root, each).is_file()] if root else []
    if pythons:
        python = pythons[0]
    elif _is_python(sys.executable):
        python = sys.executable
    else:  # embedded: the executable is Kit
        python = str(Path(PYTHONS_OF_ISAAC_SIM[0]))
    quoted = f'"{python}"' if " " in python else python
    return f'{quoted} -m pip install "{requirement}"'
