# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How a missing package is installed where this program runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ISAAC_LAB = "isaaclab[sb3]==3.0.0"
"""Isaac Lab with both RL libraries that are used here."""


ISAAC_SIM = "isaacsim[all,extscache]"
"""Isaac Sim; its extensions come from NVIDIA's own index."""


def pip_line(requirement: str) -> str:
    """The command that installs a package into the Python that runs now, which in Isaac Sim is Isaac Sim's own."""
    root = os.environ.get("ISAAC_PATH")
    if root and (Path(root) / "python.sh").is_file():
        python = str(Path(root) / "python.sh")
    elif Path(sys.executable).name.startswith("python"):
        python = sys.executable
    else:  # embedded: the executable is Kit
        python = "python.sh"
    quoted = f'"{python}"' if " " in python else python
    return f'{quoted} -m pip install "{requirement}"'
