# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which folder may import which. The rules are the tables below; docs/architecture.md gives the reasons."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from rl_trainer_ext.learners.formats import PACKAGES

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "exts" / "rl_trainer_ext" / "rl_trainer_ext"
DOCUMENT = REPOSITORY / "docs" / "architecture.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- layers -->", "<!-- end of layers -->"

# From the top; a module imports from its own layer and from layers below it. A layer is a folder, or one of the few
# modules beside the folders; a * stands for one name. A layer that is a module decides before one that is a folder,
# and then the longest.
LAYERS = (
    "extension.py",
    "__main__.py",
    "cli/",
    "hosts/kit/",
    "hosts/standalone/",
    "hosts/web/",
    "hosts/engines.py",
    "hosts/ray/",
    "hosts/processes/",
    "hosts/",
    "ui/viewport/",
    "ui/sweep/",
    "ui/runs/",
    "ui/queue/",
    "ui/terms/",
    "ui/panel/",
    "ui/drive/",
    "ui/settings/",
    "ui/widgets/",
    "ui/",
    "training/",
    "learners/*/",
    "learners/",
    "isaac_lab/",
    "runs/",
    "metrics/",
    "overrides/",
    "viewport/newton/",
    "viewport/",
    "frames/",
    "sources/",
    "learners/*/format.py",
    "system/",
    "learners/formats.py",
    "run_config.py",
    "wording.py",
    "errors.py",
    "__init__.py",
)

# What the layers are that stand for several folders or modules.
PATTERNS = {
    "learners/*/": "One RL library: its learner, the state that its checkpoints leave out, what a checkpoint must fit",
    "learners/*/format.py": "What is known of one RL library without importing it",
}

# The user interface knows what the trainer hands out, but neither the trainer nor anything in between.
UI_MAY_IMPORT = (
    "ui/",
    "training/commands.py",
    "training/snapshot.py",
    "training/where.py",
    "training/queue/commands.py",
    "training/queue/model.py",
    "training/sweep/",
    "metrics/",
    "runs/",
    "frames/sharing.py",
    "system/machine.py",
    "system/process_memory.py",
    "viewport/interface.py",
    "isaac_lab/tasks.py",
    "isaac_lab/task_card.py",
    "isaac_lab/task_settings.py",
    "isaac_lab/command_values.py",
    "isaac_lab/source_places.py",
    "learners/formats.py",
    "run_config.py",
    "errors.py",
    "wording.py",
)

# What comes from outside, and the modules (or folders) that may import it. The longest matching name decides.
OUTSIDE = {
    "carb": ("hosts/kit/", "extension.py"),
    "omni": (),
    "omni.ext": ("extension.py",),
    "omni.kit": ("hosts/kit/", "extension.py"),
    "omni.ui": ("ui/", "hosts/"),
    "omni.ui.standalone": ("hosts/standalone/omni_ui.py",),
    "omni.ui.testing": ("hosts/standalone/program.py",),
    "newton": ("viewport/newton/scene.py", "viewport/newton/drawing.py", "isaac_lab/simulation.py"),
    "pyglet": ("viewport/newton/",),
    "glfw": ("hosts/standalone/",),
    "isaaclab_visualizers": ("viewport/newton/", "hosts/kit/viewport.py"),
    "tensorboard": (
        "learners/events.py",
        "metrics/reading.py",
        "hosts/processes/",
    ),
    "ray": ("hosts/ray/",),
    "fsspec": ("hosts/ray/storage.py",),
    "matplotlib": ("metrics/export.py",),
    "rsl_rl": ("learners/rsl_rl/",),
    "stable_baselines3": ("learners/sb3/",),
    "rl_games": ("learners/rl_games/",),
    "skrl": ("learners/skrl/",),
    "isaaclab_rl": (),
    "isaaclab_rl.entrypoints.common": (
        *("training/run_settings.py", "training/settings_of_run.py"),
        *("isaac_lab/", "runs/", "learners/"),
    ),
    "isaaclab_rl.entrypoints.simple_agents": ("isaac_lab/actions.py",),
    "isaaclab_rl.utils.pretrained_checkpoint": ("isaac_lab/pretrained.py",),
    "isaaclab_rl.rsl_rl": ("learners/rsl_rl/",),
    "isaaclab_rl.entrypoints.backends.rsl_rl": ("learners/rsl_rl/",),
    "isaaclab_rl.sb3": ("learners/sb3/",),
    "isaaclab_rl.skrl": ("learners/skrl/",),
    "isaaclab_rl.entrypoints.backends.sb3": ("learners/sb3/",),
    "isaaclab_rl.rl_games": ("learners/rl_games/",),
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


def file_of(name: str) -> str:
    """The file, below the package, of a module or of a name in one; ``__init__.py`` for names of the package itself."""
    parts = name.split(".")[1:]
    while parts:
        for path in (Path(*parts).with_suffix(".py"), Path(*parts, "__init__.py")):
            if (PACKAGE / path).is_file():
                return path.as_posix()
        parts.pop()
    return "__init__.py"


def layer_of(file: str) -> int | None:
    """The index in LAYERS of the layer that a file below the package belongs to."""

    def matches(layer: str) -> bool:
        pattern = re.escape(layer).replace(r"\*", "[^/]+")
        return re.match(pattern, file) is not None

    own = max(filter(matches, LAYERS), key=lambda layer: (not layer.endswith("/"), len(layer)), default=None)
    return None if own is None else LAYERS.index(own)


def library_of(file: str) -> str:
    """The RL library in whose folder a file is; an empty string for others."""
    parts = file.split("/")
    return parts[1] if parts[0] == "learners" and len(parts) == 3 else ""


def dotted(file: str) -> str:
    return ".".join(["rl_trainer_ext", *Path(file).with_suffix("").parts]).removesuffix(".__init__")


def violations(source: str, file: str) -> list[str]:
    """What is wrong with the imports of one file.

    Args:
        source: Its text.
        file: Its path below the package, such as ``ui/panel/panel.py``.
    """
    found = []
    layer = layer_of(file)
    if layer is None:
        return [f"{file} is in no layer: add its folder to LAYERS in {Path(__file__).name}"]
    for line, name in imports(source, dotted(file), Path(file).name == "__init__.py"):
        where = f"{file}:{line} imports {name}"
        if name.startswith("rl_trainer_ext."):
            target = file_of(name)
            target_layer = layer_of(target)
            if target_layer is not None and target_layer < layer:
                found.append(f"{where}: {LAYERS[layer]} is below {LAYERS[target_layer]}")
            elif library_of(file) and library_of(target) not in ("", library_of(file)):
                found.append(f"{where}: a library knows no other one")
            elif file.startswith("ui/") and not target.startswith(UI_MAY_IMPORT) and target != "__init__.py":
                found.append(f"{where}: ui may import only {', '.join(UI_MAY_IMPORT)}")
            continue
        rule = max((known for known in OUTSIDE if f"{name}.".startswith(f"{known}.")), key=len, default=None)
        if rule is not None and not any(file == allowed or file.startswith(allowed) for allowed in OUTSIDE[rule]):
            found.append(f"{where}: {rule} is for {' and '.join(OUTSIDE[rule]) or 'tests only'}")
    return found


def files() -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]


def layer_table() -> str:
    """The layers with the first sentence of each one's docstring, as docs/architecture.md has them."""
    rows = ["| layer | what it is |", "| --- | --- |"]
    for layer in LAYERS:
        path = PACKAGE / layer
        text = PATTERNS.get(layer, "")
        if not text:
            source = (path / "__init__.py" if path.is_dir() else path).read_text(encoding="utf-8")
            text = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
        sentence = re.split(r"\.(?: |$)", text, maxsplit=1)[0].replace("``", "`")
        sentence = re.sub(r":\w+:`~?\.*([\w.]+)`", r"`\1`", sentence)
        if layer != "__init__.py":
            rows.append(f"| `{layer}` | {sentence} |")
    return "\n".join(rows)


def document_with_table(text: str) -> str:
    """The text of docs/architecture.md with the table that :func:`layer_table` makes now."""
    before, _, rest = text.partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    return f"{before}{TABLE_BEGINS}\n{layer_table()}\n{TABLE_ENDS}{after}"


def test_the_document_shows_these_layers() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document_with_table(text), "write the table again: python tests/test_architecture.py"


def test_every_module_imports_only_what_is_below_it() -> None:
    found = []
    for file in files():
        found += violations((PACKAGE / file).read_text(encoding="utf-8"), file)
    assert not found, "\n" + "\n".join(found)


def test_only_learners_names_a_library() -> None:
    libraries = set(PACKAGES)
    named = []
    for file in files():
        if file.startswith("learners/"):
            continue
        tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in libraries)
        named += [f"{file}:{node.lineno} names {node.value!r}: ask learners/formats.py" for node in texts]
    assert not named, "\n" + "\n".join(named)


def test_what_is_known_of_a_library_is_known_without_importing_it() -> None:
    libraries = [folder.name for folder in (PACKAGE / "learners").iterdir() if (folder / "__init__.py").is_file()]
    assert sorted(libraries) == sorted(PACKAGES)
    for file in ("learners/formats.py", *(f"learners/{library}/format.py" for library in libraries)):
        source = (PACKAGE / file).read_text(encoding="utf-8")
        imported = {name.split(".")[0] for _, name in imports(source, dotted(file), is_package=False)}
        assert imported <= {"", "rl_trainer_ext", *sys.stdlib_module_names}, file


def test_every_layer_exists() -> None:
    assert [layer for layer in LAYERS if LAYERS.index(layer) not in map(layer_of, files())] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {}
    for file in files():
        source = (PACKAGE / file).read_text(encoding="utf-8")
        names = [name for _, name in imports(source, dotted(file), file.endswith("__init__.py"))]
        graph[file] = {file_of(name) for name in names if name.startswith("rl_trainer_ext.")} - {file}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("file", "source", "reason"),
    [
        ("training/trainer.py", "from ..ui.panel import panel", "is below ui/panel/"),
        ("training/trainer.py", "from .. import cli", "is below cli/"),
        ("learners/sb3/learner.py", "from ...training.trainer import Trainer", "is below training/"),
        ("learners/sb3/learner.py", "def f():\n    from rl_trainer_ext.hosts.kit import host", "is below hosts/kit/"),
        ("learners/base.py", "from .sb3.learner import Sb3Learner", "is below learners/*/"),
        ("runs/status.py", "from ..learners.sb3.learner import Sb3Learner", "is below learners/*/"),
        ("learners/sb3/format.py", "from .learner import Sb3Learner", "is below learners/*/"),
        ("learners/sb3/learner.py", "from ..rsl_rl.format import LIBRARY", "a library knows no other one"),
        ("ui/panel/panel.py", "from ..viewport.view import ViewportView", "is below ui/viewport/"),
        ("errors.py", "import rl_trainer_ext.metrics", "is below metrics/"),
        ("ui/panel/panel.py", "from ...isaac_lab.simulation import resolve", "ui may import only"),
        ("ui/panel/panel.py", "from ...training.trainer import Trainer", "ui may import only"),
        ("ui/__init__.py", "from ..learners.sb3.learner import Sb3Learner", "ui may import only"),
        ("ui/panel/panel.py", "import carb", "carb is for"),
        ("ui/panel/panel.py", "import omni.kit.app", "omni.kit is for"),
        ("hosts/standalone/host.py", "from omni import kit", "omni.kit is for"),
        ("training/trainer.py", "import omni.ui as ui", "omni.ui is for"),
        ("training/trainer.py", "from omni import ui", "omni.ui is for"),
        ("ui/panel/panel.py", "from omni.ui import standalone", "omni.ui.standalone is for"),
        ("ui/panel/panel.py", "import importlib\nimportlib.import_module('omni.ui.testing')", "omni.ui.testing is for"),
        ("ui/panel/panel.py", "import omni.client", "tests only"),
        ("learners/rsl_rl/learner.py", "import stable_baselines3", "learners/sb3/"),
        ("training/trainer.py", "if True:\n    from rsl_rl.runners import OnPolicyRunner", "learners/rsl_rl/"),
        ("runs/choosing.py", "from isaaclab_rl.sb3 import process_sb3_cfg", "learners/sb3/"),
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
        (
            "ui/panel/panel.py",
            "import omni.ui as ui\nfrom ...training.snapshot import Train\nfrom ..widgets.style import STYLE",
        ),
        ("hosts/kit/host.py", "import carb, omni.kit.app\nfrom ...ui.panel import panel"),
        ("extension.py", "import omni.ext\nfrom .hosts.kit import host"),
        ("learners/rsl_rl/learner.py", "import rsl_rl\nfrom isaaclab_rl.rsl_rl import RslRlVecEnvWrapper"),
        ("runs/choosing.py", "from isaaclab_rl.entrypoints import common"),
        ("training/trainer.py", "from .. import __version__\nfrom ..learners.base import load_learner"),
        ("cli/main.py", "import torch"),
    ],
)
def test_what_is_allowed_is_not_reported(file: str, source: str) -> None:
    assert violations(source, file) == []


if __name__ == "__main__":
    DOCUMENT.write_text(document_with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
