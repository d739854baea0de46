# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks that Isaac Sim and the packages in this Kit have the versions that Isaac Lab requires.

Extensions of Isaac Sim contain their own Warp, PyTorch and Newton. Kit's importer finds these before the packages
installed for Isaac Lab, regardless of ``sys.path``; only excluding the extensions when Kit starts prevents it.
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
"""The extensions that contain such packages; Isaac Lab's own application for Kit excludes the same ones."""

START_OPTIONS = " ".join(f"--/app/extensions/excluded/{index}={name}" for index, name in enumerate(EXCLUDED))
"""Options for the command that starts Isaac Sim. Kit reads them only when it starts."""

MODULES = {"warp-lang": "warp", "torch": "torch", "newton": "newton"}
"""Packages that extensions of Isaac Sim also contain, with the module of each, in import order."""


def check_kit() -> str:
    """Compares the versions in this Kit with those that Isaac Lab requires.

    Returns:
        A sentence if Isaac Sim has another version than Isaac Lab requires; otherwise empty.

    Raises:
        UserError: When Isaac Lab would import another version of Warp, PyTorch or Newton than it requires.
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
    """Returns the requirements of the installed Isaac Lab and its extras, by package."""
    try:
        lines = importlib.metadata.requires(ISAAC_LAB) or []
    except importlib.metadata.PackageNotFoundError:
        return {}  # importing it fails later, with the command that installs it
    from packaging.requirements import Requirement

    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def found_version(module: str) -> str:
    """Returns the version of a module that is or would be imported; empty without module or version."""
    if module not in sys.modules:
        spec = importlib.util.find_spec(module)
        if spec is None:
            return ""
        # the metadata beside the module belongs to it, even if the package is installed elsewhere as well
        folders = [str(Path(folder).parent) for folder in spec.submodule_search_locations or ()]
        package = next(name for name, of_it in MODULES.items() if of_it == module)
        for distribution in importlib.metadata.distributions(name=package, path=folders):
            return str(distribution.version)
    return str(getattr(importlib.import_module(module), "__version__", ""))


def _fits(found: str, requirement: Requirement) -> bool:
    """Returns whether a version is the required one. Isaac Sim contains release candidates of required versions."""
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
