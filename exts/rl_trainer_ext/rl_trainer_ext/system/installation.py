# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is installed, and how to install a missing package into the Python that runs this program."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from ..learners.formats import LibraryFormat, trainable

ISAAC_SIM = "isaaclab[isaacsim]==3.0.0"
"""Isaac Sim of the version that Isaac Lab requires; its extensions come from NVIDIA's own index."""

PYTHONS_OF_ISAAC_SIM = (
    ("kit/python/python.exe", "python.bat") if sys.platform == "win32" else ("kit/python/bin/python3", "python.sh")
)
"""Below Isaac Sim's folder, the preferred one first. With ``python.sh`` pip skips packages that come with
Isaac Sim's extensions, and these packages are missing where the extensions are excluded."""


def isaac_lab() -> str:
    """Returns the requirement of Isaac Lab with the RL libraries that train here."""
    extras = ",".join(each.extra for each in trainable().values() if each.extra)
    return f"isaaclab[{extras}]==3.0.0" if extras else "isaaclab==3.0.0"


def interpreter() -> str:
    """Returns the Python to run programs with. In Kit, which embeds Python, ``sys.executable`` is Kit itself."""
    if _is_python(sys.executable):
        return sys.executable
    return str(Path(sys.prefix, "python.exe") if sys.platform == "win32" else Path(sys.prefix, "bin", "python3"))


def _is_python(executable: str | None) -> bool:
    return Path(executable or "").name.lower().startswith("python")


def not_installed(library: LibraryFormat) -> str:
    """Returns that a library is not installed, with the command that installs it; empty where it is."""
    missing = next((name for name in library.modules if not _is_found(name)), "")
    return how_to_install(library, missing) if missing else ""


def how_to_install(library: LibraryFormat, missing: str) -> str:
    """Returns the sentence about a library that cannot be imported, with the command that installs it.

    Args:
        library: The library.
        missing: The module that is missing.
    """
    return f"The RL library '{library.name}' is not installed ({missing} is missing): run {install_line(library)}"


def install_line(library: LibraryFormat) -> str:
    """Returns the command that installs a library."""
    return pip_line(*(library.requirements or (library.distribution,)), dependencies=not library.requirements)


def pip_line(*requirements: str, dependencies: bool = True) -> str:
    """Returns the command that installs packages into this Python, which in Isaac Sim is Isaac Sim's own.

    Args:
        requirements: The packages, as pip takes them.
        dependencies: Whether to install what they require too.
    """
    root = os.environ.get("ISAAC_PATH")
    pythons = [str(Path(root, each)) for each in PYTHONS_OF_ISAAC_SIM if Path(root, each).is_file()] if root else []
    if pythons:
        python = pythons[0]
    elif _is_python(sys.executable):
        python = sys.executable
    else:  # embedded: the executable is Kit
        python = str(Path(PYTHONS_OF_ISAAC_SIM[0]))
    quoted = f'"{python}"' if " " in python else python
    options = "" if dependencies else "--no-deps "
    return f"{quoted} -m pip install {options}" + " ".join(f'"{each}"' for each in requirements)


def _is_found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # hidden, or not whole
        return False


def isaac_sim_is_installed() -> bool:
    """Returns whether Isaac Sim, and with it PhysX and Kit's renderer, can be imported."""
    found = importlib.util.find_spec("isaacsim")
    # find_spec also finds any folder of that name on Python's path, as a namespace package
    return found is not None and (found.origin is not None or importlib.util.find_spec("isaacsim.core") is not None)
