# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Whether the Isaac Sim and the packages that this Kit provides are those that Isaac Lab was made for.

Extensions of Isaac Sim bring Warp, PyTorch and Newton of their own. Kit's importer finds these before what is installed
for Isaac Lab, whatever ``sys.path`` says; only excluding the extensions when Kit starts keeps them out.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UserError
from .names import optional

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ISAAC_LAB = "isaaclab"

EXCLUDED = ("omni.kit.pip_archive", "omni.isaac.ml_archive", "isaacsim.pip.newton", "omni.warp.core")
"""The extensions that bring such packages; Isaac Lab's own application for Kit excludes the same ones."""

START_OPTIONS = " ".join(f"--/app/extensions/excluded/{index}={name}" for index, name in enumerate(EXCLUDED))
"""What to add to the command that starts Isaac Sim. Kit reads it only when it starts."""

MODULES = {"warp-lang": "warp", "torch": "torch", "newton": "newton"}
"""Packages that extensions of Isaac Sim bring too: the module of each, in the order in which they are imported."""


def check_kit() -> str:
    """Compares what this Kit provides with what Isaac Lab requires.

    Returns:
        A sentence about an Isaac Sim of another version than Isaac Lab's; empty where it is the right one.

    Raises:
        UserError: When Isaac Lab would get another Warp, PyTorch or Newton than it requires.
    """
    wanted = requirements()
    problems = [
        f"{name} {found} is found where Isaac Lab requires {required}"
        for name, module in MODULES.items()
        if (requirement := wanted.get(name)) is not None
        and (required := str(requirement.specifier))
        and (found := found_version(module))
        and not _fits(found, requirement)
    ]
    if problems:
        raise UserError(
            f"Isaac Lab cannot run with the packages of this Isaac Sim: {'; '.join(problems)}. "
            f"Start Isaac Sim again with {START_OPTIONS}"
        )
    return _isaac_sim_of_another_version(wanted.get("isaacsim"))


def requirements() -> dict[str, Requirement]:
    """What the installed Isaac Lab requires, its extras included, by the name of the package."""
    try:
        lines = importlib.metadata.requires(ISAAC_LAB) or []
    except importlib.metadata.PackageNotFoundError:
        return {}  # importing it says so, with the line that installs it
    from packaging.requirements import Requirement

    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def found_version(module: str) -> str:
    """The version of a module that has been imported, or would be; empty where there is none, or it has no version."""
    if module not in sys.modules:
        spec = importlib.util.find_spec(module)
        if spec is None:
            return ""
        # what stands beside the module belongs to it, wherever else the package is installed
        folders = [str(Path(folder).parent) for folder in spec.submodule_search_locations or ()]
        package = next(name for name, of_it in MODULES.items() if of_it == module)
        for distribution in importlib.metadata.distributions(name=package, path=folders):
            return str(distribution.version)
    return str(getattr(importlib.import_module(module), "__version__", ""))


def _fits(found: str, requirement: Requirement) -> bool:
    """Whether a version is the required one. Isaac Sim brings release candidates of what Isaac Lab requires."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(Version(found).base_version) in requirement.specifier
    except InvalidVersion:
        return False


def _isaac_sim_of_another_version(requirement: Requirement | None) -> str:
    module = optional("isaacsim.core.version")
    found = "" if module is None else str(module.get_version()[0])
    if not found or requirement is None:
        return ""
    wanted = next(iter(requirement.specifier)).version
    if found.split(".")[:2] == wanted.split(".")[:2]:
        return ""
    return (
        f"This is Isaac Sim {found}, and Isaac Lab {importlib.metadata.version(ISAAC_LAB)} is made for "
        f"{wanted}: runs may fail or be drawn wrongly until you install that version."
    )
