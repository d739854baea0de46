# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Who may import whom. The rules are the two tables below; docs/architecture.md gives the reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "exts" / "rl_trainer_ext" / "rl_trainer_ext"

# From the top; a module imports from its own row and from rows below it. A name stands for a module or a whole folder.
LAYERS = (
    ("extension", "cli", "__main__"),
    ("bench",),
    ("hosts",),
    ("doctor", "run_list"),
    ("ui",),
    ("trainer",),
    ("session",),
    ("playing", "checkpoint_details", "counters"),
    ("run_settings",),
    ("learners", "resuming", "simulation", "task_config", "trust", "runs", "metrics", "snapshot", "cooperative"),
    ("viewport", "render_mode", "frame_statistics"),
    ("overrides",),
    (
        "run_config",
        "value_types",
        "tasks",
        "task_sources",
        "assets",
        "disk",
        "failures",
        "huge_pages",
        "memory",
        "installation",
        "ovphysx",
        "stopwatch",
        "errors",
        "wording",
    ),
)

# The user interface knows the trainer and what the trainer hands out, but nothing in between.
UI_MAY_IMPORT = (
    "ui",
    "trainer",
    "metrics",
    "runs",
    "render_mode",
    "run_config",
    "tasks",
    "errors",
    "snapshot",
    "viewport",
    "wording",
)

# What comes from outside, and the modules (or folders) that may import it. The longest matching name decides.
OUTSIDE = {
    "carb": ("hosts/kit/host.py", "hosts/kit_", "extension.py"),
    "omni": (),
    "omni.ext": ("extension.py",),
    "omni.kit": ("hosts/kit/host.py", "hosts/kit_", "extension.py"),
    "omni.ui": ("ui/", "hosts/"),
    "omni.ui.standalone": ("hosts/standalone/omni_ui.py", "hosts/standalone/host.py"),
    "omni.ui.testing": ("hosts/standalone/host.py",),
    "newton": ("viewport/newton/scene.py", "viewport/newton/drawing.py", "isaac_lab/simulation.py"),
    "pyglet": ("viewport/newton/drawing.py", "viewport/newton/shaders.py"),
    "isaaclab_visualizers": (
        "viewport/newton/scene.py",
        "viewport/newton/drawing.py",
        "hosts/kit/viewport.py",
        "bench/",
    ),
    "tensorboard": (
        "learners/events.py",
        "learners/event_file.py",
        "metrics/reading.py",
        "hosts/processes/tensorboard.py",
        "hosts/processes/tensorboard_main.py",
        "bench/",
    ),
    "matplotlib": ("metrics/export.py",),
    "rsl_rl": ("learners/rsl_rl/learner.py", "learners/rsl_rl/options.py"),
    "stable_baselines3": (
        "learners/sb3/learner.py",
        "learners/sb3/checkpoints.py",
        "learners/sb3/options.py",
        "learners/sb3/state.py",
        "learners/sb3/watch.py",
        "learners/sb3/vec_normalize.py",
    ),
    "skrl": ("learners/skrl.py",),
    "rl_games": ("learners/rl_games.py",),
    "isaaclab_rl": (),
    "isaaclab_rl.entrypoints.common": (
        "training/run_settings.py",
        "isaac_lab/task_config.py",
        "isaac_lab/simulation.py",
        "runs/",
        "learners/",
    ),
    "isaaclab_rl.rsl_rl": ("learners/rsl_rl/learner.py",),
    "isaaclab_rl.entrypoints.backends.rsl_rl": ("learners/rsl_rl/learner.py",),
    "isaaclab_rl.sb3": ("learners/sb3/learner.py",),
    "isaaclab_rl.entrypoints.backends.sb3": ("learners/sb3/learner.py",),
    "isaaclab_rl.skrl": ("learners/skrl.py",),
    "isaaclab_rl.rl_games": ("learners/rl_games.py",),
}


def imports(source: str, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Every (line, absolute dotted name) that a module of the package imports, at whatever depth, typing included.

    Args:
        source: The module's text.
        module: Its dotted name, such as ``rl_trainer_ext.ui.panel.panel``.
        is_package: Whether it is an ``__init__.py``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                above = parents[: len(parents) - node.level + is_package]
                base = ".".join([*above, *([node.module] if node.module else [])])
            # "from a import b" may mean the module a.b; where b is only a name in a, the rule of a decides
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from ((node.lineno, str(name.value)) for name in node.args[:1] if isinstance(name, ast.Constant))


def layer_of(part: str) -> int | None:
    return next((index for index, row in enumerate(LAYERS) if part in row), None)


def violations(source: str, file: str) -> list[str]:
    """What is wrong with the imports of one file.

    Args:
        source: Its text.
        file: Its path below the package, such as ``ui/panel/panel.py``.
    """
    found = []
    path = Path(file)
    part = path.parts[0].removesuffix(".py")
    is_package = path.name == "__init__.py"
    module = ".".join(["rl_trainer_ext", *path.with_suffix("").parts]).removesuffix(".__init__")
    layer = layer_of(part)
    if part != "__init__" and layer is None:
        return [f"{file}: '{part}' is in no layer: add it to LAYERS in {Path(__file__).name}"]
    for line, name in imports(source, module, is_package):
        where = f"{file}:{line} imports {name}"
        if name.startswith("rl_trainer_ext.") and layer is not None:
            target = name.split(".")[1]
            target_layer = layer_of(target)
            if target_layer is None:
                continue  # a name in the package's own __init__.py
            if target_layer < layer:
                found.append(f"{where}: '{part}' lies below '{target}'")
            elif part == "ui" and target not in UI_MAY_IMPORT:
                found.append(f"{where}: ui may import only {', '.join(UI_MAY_IMPORT)}")
            continue
        rule = max((known for known in OUTSIDE if f"{name}.".startswith(f"{known}.")), key=len, default=None)
        if rule is not None and not any(file == allowed or file.startswith(allowed) for allowed in OUTSIDE[rule]):
            found.append(f"{where}: {rule} is for {' and '.join(OUTSIDE[rule]) or 'tests only'}")
    return found


def test_every_module_imports_only_what_lies_below_it() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        found += violations(path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix())
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("file", "source", "reason"),
    [
        ("training/trainer.py", "from .ui import panel", "below"),
        ("training/trainer.py", "from . import cli", "below"),
        ("learners/sb3/learner.py", "from ..trainer import Trainer", "below"),
        ("learners/sb3/learner.py", "def f():\n    from rl_trainer_ext.hosts import kit", "below"),
        ("errors.py", "import rl_trainer_ext.metrics", "below"),
        ("ui/panel/panel.py", "from ..simulation import resolve", "ui may import only"),
        ("ui/__init__.py", "from ..learners.sb3 import Sb3", "ui may import only"),
        ("ui/panel/panel.py", "import carb", "carb is for"),
        ("ui/panel/panel.py", "import omni.kit.app", "omni.kit is for"),
        ("hosts/standalone/host.py", "from omni import kit", "omni.kit is for"),
        ("training/trainer.py", "import omni.ui as ui", "omni.ui is for"),
        ("training/trainer.py", "from omni import ui", "omni.ui is for"),
        ("ui/panel/panel.py", "from omni.ui import standalone", "omni.ui.standalone is for"),
        ("ui/panel/panel.py", "import importlib\nimportlib.import_module('omni.ui.testing')", "omni.ui.testing is for"),
        ("ui/panel/panel.py", "import omni.client", "tests only"),
        ("learners/rsl_rl/learner.py", "import stable_baselines3", "learners/sb3/learner.py"),
        (
            "training/trainer.py",
            "if True:\n    from rsl_rl.runners import OnPolicyRunner",
            "learners/rsl_rl/learner.py",
        ),
        ("runs/choosing.py", "from isaaclab_rl.sb3 import process_sb3_cfg", "learners/sb3/learner.py"),
        ("training/trainer.py", "from isaaclab_rl.entrypoints.common import write_run_manifest", "runs/"),
        ("new_module.py", "", "no layer"),
    ],
)
def test_a_violation_is_found(file: str, source: str, reason: str) -> None:
    found = violations(source, file)
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("ui/panel/panel.py", "import omni.ui as ui\nfrom ..trainer import Trainer\nfrom .style import STYLE"),
        ("hosts/kit/host.py", "import carb, omni.kit.app\nfrom ..ui import panel"),
        ("extension.py", "import omni.ext\nfrom .hosts import kit"),
        ("learners/rsl_rl/learner.py", "import rsl_rl\nfrom isaaclab_rl.rsl_rl import RslRlVecEnvWrapper"),
        ("runs/choosing.py", "from isaaclab_rl.entrypoints import common"),
        ("training/trainer.py", "from . import __version__\nfrom .learners import create"),
        ("cli/main.py", "import torch"),
    ],
)
def test_what_is_allowed_is_not_reported(file: str, source: str) -> None:
    assert violations(source, file) == []


def test_every_python_file_names_its_licence() -> None:
    header = (
        "# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors\n"
        "# SPDX-License-Identifier: BSD-3-Clause\n"
    )
    folders = [REPOSITORY / name for name in ("exts", "tests", "docs", "tools", "examples")]
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.py"))]
    assert files
    without = [
        str(path.relative_to(REPOSITORY)) for path in files if not path.read_text(encoding="utf-8").startswith(header)
    ]
    assert not without, f"no SPDX header in: {', '.join(without)}"
