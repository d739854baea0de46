# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is there on this machine, what is missing, and what to do about it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..isaac_lab.assets import ENVIRONMENT_VARIABLE, choose_asset_root
from ..isaac_lab.ovphysx import OVPHYSX, installed_version, missing_packages
from ..isaac_lab.task_config import isaac_sim_is_installed
from ..learners import trust
from ..learners.formats import trainable
from ..system.installation import interpreter, pip_line
from .tables import Column, table, terminal_width

PROBE_SECONDS = 60
"""How long a check that runs in a process of its own may take: the first import of torch from a slow disk is long."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool | None
    """None where it is absent and that is fine."""
    found: str
    """What is there, in a few words."""
    advice: str = ""
    """What to do, one sentence; empty where there is nothing to do."""
    required: bool = False
    """Whether training is impossible without it."""

    def to_dict(self) -> dict[str, Any]:
        """The values as plain JSON types."""
        return dataclasses.asdict(self)


def checks(log_root: str = "logs") -> list[Check]:
    """Looks at everything that training and the panel need. Takes seconds, never raises.

    Args:
        log_root: Directory below which runs would be written.
    """
    all_checks: dict[str, Callable[[], Check]] = {
        "Python": _python,
        "Isaac Lab": _isaac_lab,
        "omni.ui": _omni_ui,
        "Vulkan device": _vulkan,
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
        except Exception as error:  # a check that fails is a finding, and the others are still of interest
            return Check(name, False, f"the check failed: {type(error).__name__}: {error}")

    with ThreadPoolExecutor(len(all_checks)) as pool:  # they mostly wait for processes and the network
        return list(pool.map(run_check, all_checks.items()))


def training_is_possible(results: list[Check]) -> bool:
    """Whether nothing is missing that training, without a window, needs."""
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
        print(json.dumps({"training_is_possible": possible, "checks": [check.to_dict() for check in results]}))
    else:
        print(report(results, terminal_width()))
        print("Training is possible." if possible else "Training is not possible yet: see the lines above.")
    return 0 if possible else 1


class _ProbeError(Exception):
    """A probe in its own process did not end well; the message is the last thing that it said."""


def _probe(code: str) -> str:
    """Runs code in a process of its own, because drivers can crash or hang the one they are loaded into."""
    # -P: nothing in the current directory may stand in for a module
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
    libraries = [each.distribution for each in trainable().values()]
    with_it = {name: _version(name) for name in ("torch", "newton", *libraries)}
    missing = [name for name, version in with_it.items() if not version]
    ok = found.split(".")[0] == "3" and "torch" not in missing
    details = ", ".join(f"{name} {version or 'missing'}" for name, version in with_it.items())
    advice = "run rl_trainer.sh, which installs what is missing." if missing or not ok else ""
    return Check("Isaac Lab", ok, f"{found} ({details})", advice, required=True)


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


_LIST_VULKAN_DEVICES = """
import ctypes
class CreateInfo(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("next", ctypes.c_void_p), ("flags", ctypes.c_int), ("app", ctypes.c_void_p),
                ("layer_count", ctypes.c_uint), ("layers", ctypes.c_void_p),
                ("extension_count", ctypes.c_uint), ("extensions", ctypes.c_void_p)]
vulkan = ctypes.CDLL("libvulkan.so.1")
instance, count = ctypes.c_void_p(), ctypes.c_uint()
result = vulkan.vkCreateInstance(ctypes.byref(CreateInfo(type=1)), None, ctypes.byref(instance))
if result != 0:
    raise SystemExit(f"no Vulkan driver (error {result})")
vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
devices = (ctypes.c_void_p * count.value)()
vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), devices)
for device in devices:
    properties = ctypes.create_string_buffer(4096)  # more than VkPhysicalDeviceProperties has
    vulkan.vkGetPhysicalDeviceProperties(ctypes.c_void_p(device), properties)
    print(ctypes.string_at(ctypes.addressof(properties) + 20).decode(errors="replace"))  # behind five integers
"""


def _vulkan() -> Check:
    if sys.platform == "win32":
        return Check("Vulkan device", None, "only for the window outside Isaac Sim, which needs Linux")
    try:
        devices = _probe(_LIST_VULKAN_DEVICES).splitlines()
        problem = "no device"
    except _ProbeError as error:
        devices, problem = [], str(error)
    if devices:
        return Check("Vulkan device", True, ", ".join(devices))
    advice = "the window and the viewport need one: sudo apt-get install libvulkan1 mesa-vulkan-drivers"
    return Check("Vulkan device", False, problem, advice)


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
    """Checkpoints that may run code while they are read: absent is fine, and the rule for all others."""
    count = len(trust.remembered())
    if not count:
        return Check("Trusted files", None, "none: checkpoints are read without running code from them")
    return Check(
        "Trusted files",
        None,
        f"{count} {'checkpoint' if count == 1 else 'checkpoints'} may run code, by content, in {trust.store_path()}",
        "delete that file to be asked again.",
    )
