# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How a user may name a run on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.runs_on_disk import OLD, make_run
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.runs.finding import find_run

OLDER, NEWER = "2026-09-21_10-00-00", "2026-09-22_10-00-00_ä b"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log root with an older run of skrl, which has a name, and a newer one of RSL-RL."""
    logs = tmp_path / "läufe und mehr"
    older = make_run(logs, OLDER, library="skrl", models=["checkpoints/agent_16.pt"])
    runs.rename(older, "springs")
    make_run(logs, NEWER, models=["model_5.pt"], created=OLD + 99)
    return logs


@pytest.mark.parametrize(
    ("named", "folder"),
    [
        (OLDER, OLDER),
        (NEWER, NEWER),
        ("springs", OLDER),
        ("latest", NEWER),
        (f"skrl/cartpole_direct/{OLDER}", OLDER),
        (f"skrl/cartpole_direct/{OLDER}/checkpoints/agent_16.pt", OLDER),
        (f"skrl/cartpole_direct/{OLDER}/checkpoints", OLDER),
        (f"rsl_rl/cartpole_direct/{NEWER}/model_5.pt", NEWER),
    ],
)
def test_a_run_is_named_by_folder_file_name_or_latest(logs: Path, named: str, folder: str) -> None:
    assert find_run(named, logs).path.name == folder
    if "/" in named:
        assert find_run(str(logs / named), Path("/no/such/log/root")).path.name == folder


def test_latest_is_a_name_first(logs: Path) -> None:
    runs.rename(logs / "skrl" / "cartpole_direct" / OLDER, "latest")
    assert find_run("latest", logs).path.name == OLDER


@pytest.mark.parametrize("named", ["nothing", ".", "/", "skrl", "skrl/cartpole_direct", f"skrl/x/{OLDER}"])
def test_what_names_no_run_is_looked_for_in_the_log_root(logs: Path, named: str) -> None:
    with pytest.raises(UserError) as refused:
        find_run(named, logs)
    assert str(refused.value) == f"There is no run '{named}' in {logs}: see rl-trainer runs, or give its folder."


def test_the_newest_of_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no run 'latest' in"):
        find_run("latest", tmp_path)
