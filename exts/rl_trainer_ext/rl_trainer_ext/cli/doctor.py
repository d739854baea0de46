# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks what is installed on this machine, and says how to install what is missing (``rl-trainer doctor``)."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..isaac_lab.assets import ENVIRONMENT_VARIABLE, choose_asset_root
from ..isaac_lab.ovphysx import OVPHYSX, installed_version, missing_packages
from ..learners import trust
from ..learners.formats import LibraryFormat, trainable
from ..system.installation import install_line, interpreter, isaac_sim_is_installed, not_installed, pip_line
from .json_line import json_line
from .output import show
from .tables import Column, table, terminal_width

PROBE_SECONDS = 60
"""The time limit of a check in a child process [s]; the first import of torch from a slow disk takes long."""


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    name: str
    ok: bool | None
    """True if it was found, False if it is missing, None if it is missing but optional."""
    found: str
    """What was found, in a few words."""
    advice: str = ""
    """What to do, in one sentence; empty if nothing needs to be done."""
    required: bool = False
    """Whether training needs it."""

    def to_dict(self) -> dict[str, Any]:
        """Returns the values as plain JSON types."""
        return dataclasses.asdict(self)


def checks(log_root: str = "logs") -> list[Check]:
    """Checks everything that training and the panel need. It takes seconds and does not raise.

    Args:
        log_root: The directory for runs.
    """
    all_checks: dict[str, Callable[[], Check]] = {
        "Python": _python,
        "Isaac Lab": _isaac_lab,
        **{each.label: partial(_optional_library, each) for each in trainable().values() if each.requirements},
        "omni.ui": _omni_ui,
        "CUDA devices": _cuda,
        "Asset root": _asset_root,
        "Kit": _kit,
        "OvPhysX": _ovphysx,
        "Log root": lambda: _log_root(log_root),
        "Trusted files": _trusted_files,
    }

    def run_check(item: tuple[str, Callable[[], Check]]) -> Check:
        name, check = item
        try:
            return check()
        except Exception as error:  # a check that fails is a result; the others still run
            return Check(name, False, f"the check failed: {type(error).__name__}: {error}")

    with ThreadPoolExecutor(len(all_checks)) as pool:  # the checks mostly wait for processes and the network
        return list(pool.map(run_check, all_checks.items()))


def training_is_possible(results: list[Check]) -> bool:
    """Returns whether everything was found that training without a window needs."""
    return all(check.ok is not False for check in results if check.required)


def report(results: list[Check], width: int | None) -> str:
    """Returns the results as a table, with the advice beside what is missing.

    Args:
        results: The results.
        width: The width of the terminal [characters]; None for one line each, for files and pipes.
    """
    marks = {True: "ok", False: "MISSING", None: "-"}
    columns = [Column("State"), Column("Check"), Column("Found", least=20, wraps=True)]
    rows = [
        (marks[check.ok], check.name, " ".join(check.found.split()) + (f" -> {check.advice}" if check.advice else ""))
        for check in results
    ]
    return table(columns, rows, width)


def run(log_root: str = "logs", as_json: bool = False) -> int:
    """Prints the report, or one JSON object.

    Returns:
        The exit code: 0 when training is possible, 1 when it is not.
    """
    results = checks(log_root)
    possible = training_is_possible(results)
    if as_json:
        show(json_line({"training_is_possible": possible, "checks": [check.to_dict() for check in results]}))
    else:
        end = "Training is possible." if possible else "Training is not possible yet: see the lines above."
        show(report(results, terminal_width()), end)
    return 0 if possible else 1


class _ProbeError(Exception):
    """A child process failed; the message is its last line."""


def _probe(code: str) -> str:
    """Runs code in a child process, because drivers can crash or hang the process that loads them."""
    # -P: modules in the current directory are not imported
    command = [interpreter(), "-P", "-c", code]
    try:
        process = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise _ProbeError(f"no answer within {PROBE_SECONDS} s") from error
    if process.returncode < 0:
        raise _ProbeError(f"crashed with signal {-process.returncode}")
    if process.returncode != 0:
        said = (process.stderr or process.stdout).strip().splitlines()
        raise _ProbeError(said[-1] if said else f"exit code {process.returncode}")
    return process.stdout.strip()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _in_kit() -> bool:
    return "omni.kit.app" in sys.modules


def _python() -> Check:
    ok = sys.version_info[:2] == (3, 12)
    advice = "" if ok else "install Python 3.12, delete .venv and run rl_trainer.sh."
    return Check("Python", ok, f"{platform.python_version()} ({sys.executable})", advice, required=True)


def _isaac_lab() -> Check:
    found = _version("isaaclab")
    if not found:
        return Check("Isaac Lab", False, "not installed", "run rl_trainer.sh, which installs it.", required=True)
    libraries = [each.distribution for each in trainable().values() if not each.requirements]
    with_it = {name: _version(name) for name in ("torch", "newton", *libraries)}
    missing = [name for name, version in with_it.items() if not version]
    ok = found.split(".")[0] == "3" and "torch" not in missing
    details = ", ".join(f"{name} {version or 'missing'}" for name, version in with_it.items())
    advice = "run rl_trainer.sh, which installs what is missing." if missing or not ok else ""
    return Check("Isaac Lab", ok, f"{found} ({details})", advice, required=True)


def _optional_library(library: LibraryFormat) -> Check:
    if not not_installed(library):
        return Check(library.label, True, f"{library.distribution} {_version(library.distribution)}")
    return Check(library.label, None, f"not installed; to train with it: {install_line(library)}")


def _omni_ui() -> Check:
    if _in_kit():
        return Check("omni.ui", True, "Kit's own")
    if sys.platform == "win32":
        return Check("omni.ui", None, "on Windows only inside Isaac Sim; train with --headless outside it")
    code = (
        "from rl_trainer_ext.errors import UserError\n"
        "from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui\n"
        "try: ui, offscreen = load_omni_ui('doctor', 64, 64)\n"
        "except UserError as error: raise SystemExit(str(error))\n"
        "ui.shutdown(); print('drawing offscreen' if offscreen else 'with a window')"
    )
    try:
        return Check("omni.ui", True, f"ovui {_version('ovui')}, {_probe(code).splitlines()[-1]}")
    except _ProbeError as error:
        return Check("omni.ui", False, f"ovui {_version('ovui') or 'not installed'}", str(error))


def _cuda() -> Check:
    code = "import torch\nfor i in range(torch.cuda.device_count()): print(f'cuda:{i} {torch.cuda.get_device_name(i)}')"
    try:
        devices = _probe(code).splitlines()
    except _ProbeError as error:
        return Check("CUDA devices", False, str(error), "check the NVIDIA driver with nvidia-smi.")
    if devices:
        return Check("CUDA devices", True, ", ".join(devices))
    if Path("/proc/driver/nvidia/version").exists():
        return Check("CUDA devices", False, "a driver, but torch finds none", "check the driver with nvidia-smi.")
    return Check("CUDA devices", None, "none: training runs on the CPU")


def _asset_root() -> Check:
    try:
        root = choose_asset_root()
    except UserError as error:
        return Check("Asset root", False, "none", str(error), required=True)
    if root.kind == "offline":
        found = f"{root.url_or_path} (offline: NVIDIA's server does not answer)"
        advice = "only Cartpole and Ant have their assets here; connect to the internet for the other tasks."
        return Check("Asset root", True, found, advice, required=True)
    found = f"{root.url_or_path or 'none'} ({'answers' if root.answers else 'does not answer'})"
    advice = "" if root.answers else f"set {ENVIRONMENT_VARIABLE} to an asset root that can be reached, or unset it."
    return Check("Asset root", root.answers, found, advice, required=True)


def _kit() -> Check:
    if _in_kit():
        return Check("Kit", True, "running")
    if isaac_sim_is_installed():
        return Check("Kit", True, f"Isaac Sim {_version('isaacsim')}".rstrip())
    if kernel := _version("omniverse-kit"):
        return Check("Kit", None, f"kernel {kernel} only, for the tests")
    return Check("Kit", None, "not installed: the panel opens in a window of its own")


def _ovphysx() -> Check:
    missing = missing_packages()
    if not missing:
        return Check("OvPhysX", True, f"{installed_version()}, PhysX without Isaac Sim, on CUDA devices only")
    if len(missing) == 1:
        return Check("OvPhysX", False, f"{missing[0]} is missing", f"run {pip_line(OVPHYSX)}")
    return Check("OvPhysX", None, f"not installed; for physics=ovphysx on CUDA devices: {pip_line(OVPHYSX)}")


def _log_root(log_root: str) -> Check:
    path = Path(log_root).expanduser().absolute()
    existing = next(parent for parent in (path, *path.parents) if os.path.lexists(parent))
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        advice = "choose another folder with --log_root."
        return Check("Log root", False, f"{path} cannot be written ({error.strerror})", advice, required=True)
    return Check("Log root", True, f"{path}{'' if existing == path else ' (to be created)'}", required=True)


def _trusted_files() -> Check:
    """Checks which checkpoints are trusted to run code when they are read."""
    count = len(trust.remembered())
    if not count:
        return Check("Trusted files", None, "none: checkpoints are read without running code from them")
    return Check(
        "Trusted files",
        None,
        f"{count} {'checkpoint' if count == 1 else 'checkpoints'} may run code, by content, in {trust.store_path()}",
        "delete that file to be asked again.",
    )
