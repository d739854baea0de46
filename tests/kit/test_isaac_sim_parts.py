# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The extension and its stand-ins beside parts of the real Isaac Sim 6.2, where these have been fetched."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from test_in_kit import FOLDER, LIMIT, in_kit, pytestmark  # noqa: F401  the mark holds here as well

PARTS = Path(sys.prefix, "lib", "isaac-sim-6.2.0.0", "isaacsim", "exts")
MANAGER = PARTS / "isaacsim.core.simulation_manager/isaacsim/core/simulation_manager/impl/simulation_manager.py"


@pytest.fixture(scope="module", autouse=True)
def parts() -> None:
    if not PARTS.is_dir():
        pytest.skip("parts of Isaac Sim are not here: ./rl_trainer.sh test fetches them")


def methods(file: Path, name: str) -> dict[str, str]:
    """The parameters of each method of a class, without self or cls, from its source."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    functions = [node for node in found.body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.args.args = function.args.args[1:]
    return {function.name: ast.unparse(function.args) for function in functions}


def test_the_simulation_managers_double_has_its_signatures() -> None:
    real = methods(MANAGER, "SimulationManager")
    double = methods(FOLDER / "stand_ins.py", "SimulationManagerDouble")
    public = {name: parameters for name, parameters in double.items() if not name.startswith("_")}
    assert len(public) >= 3
    assert public == {name: real.get(name) for name in public}


@pytest.fixture(scope="module")
def real_manager(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of the real ``SimulationManager``; see with_simulation_manager.py."""
    folder = tmp_path_factory.mktemp("manager")
    report = folder / "manager.json"
    with in_kit(str(FOLDER / "with_simulation_manager.py"), str(report), folder=folder) as process:
        said, _ = process.communicate(timeout=LIMIT)
    assert report.is_file(), said[-5000:]
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def test_the_real_simulation_manager_is_lent_and_given_back(real_manager: dict[str, Any]) -> None:
    found = real_manager
    all_of_them = ["on_stop", "stage_close", "stage_open", "warm_start"]
    heard = ["_on_play", "_on_stage_closed", "_on_stage_opened", "_on_stop"]
    in_service = {"in service": all_of_them, "hears": heard, "is the real one": True}
    assert found["file"] == MANAGER.name
    assert found["before"] == found["after"] == in_service
    assert (found["during"]["in service"], found["during"]["hears"]) == ([], [])


def test_the_simulation_manager_is_given_back_as_it_was_before_that_run(real_manager: dict[str, Any]) -> None:
    """Not as before an earlier run, and not as Isaac Lab's import has left it for the first one."""
    chosen = real_manager["after the user's choice"]
    assert chosen["in service"] == ["stage_close", "stage_open", "warm_start"]
    assert chosen["hears"] == ["_on_play", "_on_stage_closed", "_on_stage_opened"]
    first = real_manager["after a run that follows the import at once"]
    assert first["in service"] == ["on_stop", "stage_close", "stage_open"]
    assert first["hears"] == ["_on_stage_closed", "_on_stage_opened", "_on_stop"]
    assert first["is the real one"]


def test_physx_runs_are_refused_while_the_real_manager_has_another_engine(real_manager: dict[str, Any]) -> None:
    told = real_manager["refused"]
    assert set(told["physx"].values()) == {""}
    for engine in ("newton", "remotesim"):
        assert told[engine]["Newton"] == ""
        assert told[engine]["PhysX"] == told[engine]["none chosen"]
        assert told[engine]["PhysX"].startswith(f"The active physics engine of Isaac Sim is {engine}, and this run")
        assert 'SimulationManager.switch_physics_engine("physx")' in told[engine]["PhysX"]
