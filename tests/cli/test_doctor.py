# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The environment checks, on this machine as it is and with things taken away."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from rl_trainer_ext.cli import doctor
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.assets import ENVIRONMENT_VARIABLE, build_offline_root
from rl_trainer_ext.learners import trust
from rl_trainer_ext.learners.formats import format_of

NAMES = ["Python", "Isaac Lab", "RL-Games", "omni.ui", "CUDA devices", "Asset root", "Kit", "OvPhysX", "Log root"]
NAMES.append("Trusted files")


@pytest.fixture(autouse=True)
def _reachable_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(build_offline_root(tmp_path / "assets")))


@pytest.fixture
def _no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the seconds that torch takes to import where the test is about something else."""
    monkeypatch.setattr(doctor, "_cuda", lambda: doctor.Check("CUDA devices", None, "none"))


def test_a_whole_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(str(tmp_path / "logs")) == 0
    lines = capsys.readouterr().out.splitlines()
    headings, *checks = lines[:-1]
    where = headings.index("Check"), headings.index("Found")
    assert [line[slice(*where)].strip() for line in checks] == NAMES
    assert lines[-1] == "Training is possible."
    assert not (tmp_path / "logs").exists(), "looking must not create the folder"


def test_a_long_line_continues_on_the_next_in_a_terminal_and_is_whole_in_a_file() -> None:
    advice = "run pip install " + " ".join(f"package-{number}" for number in range(20))
    results = [doctor.Check("Kit", False, "nothing", advice)]
    assert doctor.report(results, None).splitlines()[1] == f"MISSING  Kit    nothing -> {advice}"
    lines = doctor.report(results, 60).splitlines()
    assert max(len(re.sub(r"\033\[[0-9;]*m", "", line)) for line in lines) <= 60
    assert all(f"package-{number}" in "\n".join(lines) for number in range(20))


@pytest.mark.usefixtures("_no_torch")
def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(str(tmp_path), as_json=True) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["training_is_possible"] is True
    assert [check["name"] for check in result["checks"]] == NAMES
    assert set(result["checks"][0]) == {"name", "ok", "found", "advice", "required"}


def test_an_optional_library_is_no_requirement_and_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    library = format_of("rl_games")
    found = doctor._optional_library(library)
    assert (found.ok, found.found) == (True, "rl-games 1.6.5")
    monkeypatch.setitem(sys.modules, "rl_games", None)  # as if it were not installed
    missing = doctor._optional_library(library)
    assert (missing.ok, missing.required) == (None, False)
    assert missing.found.endswith('-m pip install --no-deps "rl-games==1.6.5" "gym==0.26.2" "tensorboardX==2.6.5"')
    assert "rl-games" not in doctor._isaac_lab().found


@pytest.mark.usefixtures("_no_torch")
def test_a_log_root_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert doctor.run(str(tmp_path / "file" / "logs")) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if "Log root" in line)
    assert line.startswith("MISSING")
    assert "--log_root" in line


def test_what_is_trusted_is_told_with_the_file_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(trust, "_of_this_process", set())
    assert "without running code" in doctor._trusted_files().found
    trust.remember("0" * 64)
    check = doctor._trusted_files()
    assert check.found.startswith("1 checkpoint may run code")
    assert str(trust.store_path()) in check.found


def test_an_asset_root_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "/nonexistent")
    check = doctor._asset_root()
    assert check.ok is False
    assert check.required
    assert ENVIRONMENT_VARIABLE in check.advice


def test_offline_assets_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise UserError("The folder cannot be written: choose another.")

    monkeypatch.setattr(doctor, "choose_asset_root", fail)
    assert doctor._asset_root().advice == "The folder cannot be written: choose another."


@pytest.mark.usefixtures("_no_torch")
def test_without_vulkan_the_window_is_missing_and_training_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        monkeypatch.setenv(variable, "/nonexistent")
    monkeypatch.delenv("DISPLAY", raising=False)
    results = {check.name: check for check in doctor.checks()}
    assert results["omni.ui"].ok is False
    assert "apt-get install" in results["omni.ui"].advice
    assert doctor.training_is_possible(list(results.values()))


@pytest.mark.usefixtures("_no_torch")
def test_a_check_that_raises_is_a_finding_among_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(doctor, "_kit", explode)
    results = doctor.checks()
    assert [check.name for check in results] == NAMES
    assert "boom" in results[NAMES.index("Kit")].found


def test_a_probe_that_crashes_or_hangs_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 1)
    with pytest.raises(doctor._ProbeError, match="signal 11"):
        doctor._probe("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(doctor._ProbeError, match="within 1 s"):
        doctor._probe("import signal; signal.pause()")
