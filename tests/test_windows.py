# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Nothing that Windows lacks is called: under a stand-in for it, see ``windows_stand_in/sitecustomize.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from rl_trainer_ext import runs
from rl_trainer_ext.runs import process

LIMIT = 240
STAND_IN = Path(__file__).with_name("windows_stand_in")
CARTPOLE = ("train", "--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--device", "cpu", "--headless")


def environment() -> dict[str, str]:
    """That of a process under the stand-in, whose output is not UTF-8."""
    path = os.pathsep.join((str(STAND_IN), *filter(None, (os.environ.get("PYTHONPATH"),))))
    return os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "cp1252"}


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python under the stand-in to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="cp1252",
        timeout=LIMIT,
    )


def rl_trainer(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs ``rl-trainer`` under the stand-in to its end."""
    return python("-m", "rl_trainer_ext", *arguments, cwd=cwd)


@pytest.mark.subprocess
def test_a_training_needs_nothing_that_windows_lacks(tmp_path: Path) -> None:
    trained = rl_trainer(*CARTPOLE, "--max_iterations", "2", "--json", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    result = json.loads(trained.stdout)
    run_dir = tmp_path / result["run_dir"]
    record = json.loads((run_dir / "rl_trainer.json").read_text(encoding="utf-8"))
    assert record["boot_id"] == process.EPOCH  # the stand-in was in force
    assert (record["status"], record["iterations"], record["failure"]) == ("finished", 2, None)
    assert (run_dir / result["checkpoint"]).is_file()
    assert not (run_dir / ".saving").exists()
    assert "Learning iteration" in (run_dir / "console.log").read_text(encoding="utf-8")

    runs.rename(run_dir, "▸ walks")
    listed = rl_trainer("runs", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert "finished" in listed.stdout
    assert "\\u25b8 walks" in listed.stdout


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*CARTPOLE[:-1], "--screenshot", "panel.png"), "Outside Isaac Sim the panel needs Linux"),
        ((*CARTPOLE, "agent.run_name=10:30"), "Windows refuses"),
        ((*CARTPOLE, "agent.experiment_name=walks."), "Windows refuses"),
        ((*CARTPOLE, "agent.experiment_name=aux.new"), "for a device"),
    ],
)
def test_what_windows_refuses_is_refused_in_a_sentence(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    refused = rl_trainer(*arguments, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert sentence in refused.stderr.splitlines()[-1]
    assert not (tmp_path / "logs").exists()


def test_doctor_wants_nothing_that_windows_cannot_have(tmp_path: Path) -> None:
    checked = rl_trainer("doctor", "--json", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    checks = {check["name"]: check for check in json.loads(checked.stdout)["checks"]}
    assert checks["omni.ui"]["ok"] is None
    assert [name for name, check in checks.items() if check["ok"] is False] == []


def test_a_run_that_was_discarded_leaves_no_folder_though_it_had_a_console_log(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from rl_trainer_ext.hosts.console import ConsoleLog
from rl_trainer_ext.runs.writing import discard_run_dir
folder = Path("run")
folder.mkdir()
log = ConsoleLog()
log.attach(folder)
print("said", file=log)
print((folder / "console.log").read_text())
discard_run_dir(folder)
print("said", file=log)
print(folder.exists())
"""
    done = python("-c", code, cwd=tmp_path)
    assert done.stdout.split() == ["said", "False"], done.stderr


CHILDREN = """
import subprocess, sys, time
from pathlib import Path
from rl_trainer_ext.hosts.processes.child import ChildProcess
Path("program.py").write_text(
    "import subprocess, sys, time; print('ready', flush=True); "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).wait()"
)
child = ChildProcess("program.py", [])
while child.last_words() != "ready" or len(child.family()) < 2:
    time.sleep(0.05)
if sys.argv[1] == "end":
    family = child.family()
    child.end()
    print([process.is_running() and process.status() != "zombie" for process in family])
else:
    print(child.pid, flush=True)
    time.sleep(600)
"""


def test_a_child_ends_with_what_it_started(tmp_path: Path) -> None:
    done = python("-c", CHILDREN, "end", cwd=tmp_path)
    assert done.stdout.strip() == "[False, False]", done.stderr


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILDREN, "stay"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        family = [child, *child.children(recursive=True)]
        parent.kill()
    end = time.monotonic() + LIMIT
    while child.is_running():
        assert time.monotonic() < end, "it stays"
        time.sleep(0.05)
    for grandchild in family[1:]:  # which Windows' launchers end by themselves
        grandchild.kill()
