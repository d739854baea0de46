# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer queue``: what its file may say, and what it trains."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.standalone.queue import checked
from rl_trainer_ext.runs import list_runs
from rl_trainer_ext.training.queue.model import ProcessKind
from rl_trainer_ext.training.queue.reading import read_requests

LIMIT = 240
SHORT = "  num_envs: 16\n  max_iterations: 2\n  device: cpu\n"
CARTPOLE = f"- task: Isaac-Cartpole-Direct\n{SHORT}"


def written(folder: Path, text: str) -> Path:
    path = folder / "night.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_has_options_of_train_seeds_and_processes(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"{CARTPOLE}  seed: [1, 2, 3]\n  process: own\n  overrides: [env.sim.dt=0.01]\n"
        f"{CARTPOLE}  seed: 5\n  stop_minutes: 2\n",
    )
    (first, place), (second, _) = read_requests(path, "elsewhere")
    assert (first.seeds, first.process, first.config.overrides) == ((1, 2, 3), ProcessKind.OWN, ("env.sim.dt=0.01",))
    assert (second.seeds, second.process, second.config.seed) == ((), ProcessKind.THIS, 5)
    assert second.config.stop_minutes == 2
    assert first.config.log_root == second.config.log_root == "elsewhere"
    assert str(place) == "night.yaml, line 1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "night.yaml is empty"),
        ("task: Isaac-Cartpole-Direct\n", "night.yaml must be a list of trainings"),
        ("[]\n", "night.yaml must be a list of trainings"),
        ("- Isaac-Cartpole-Direct\n", "night.yaml, line 1 must be a list of settings"),
        (f"{CARTPOLE}- num_envs: 3\n", "night.yaml, line 5 names no task"),
        (f"{CARTPOLE}  num_env: 3\n", "night.yaml, line 5: num_env is no option of a training"),
        (f"{CARTPOLE}  seed: [1, two]\n", "night.yaml, line 5: seed must be a whole number, not 'two'"),
        (f"{CARTPOLE}  seed: [1, 1.5]\n", "night.yaml, line 5: seed must be a whole number, not '1.5'"),
        (f"{CARTPOLE}  seed: [1, -7]\n", "night.yaml, line 5: seed: seed must be a whole number from 0"),
        (f"{CARTPOLE}  seed: []\n", "night.yaml, line 5: seed is an empty list"),
        (f"{CARTPOLE}  seed: [4, 4]\n", "night.yaml, line 1: The seed 4 is given twice"),
        (f"{CARTPOLE}  process: gpu\n", "night.yaml, line 5: process must be one of this, own, isaaclab, not 'gpu'"),
        (f"{CARTPOLE}  process: [own]\n", "night.yaml, line 5: process must be one of this, own, isaaclab"),
        (f"{CARTPOLE}{CARTPOLE}  video: maybe\n", "night.yaml, line 9: video"),
        (f"{CARTPOLE}  seed: 1\n  seed: 2\n", "night.yaml, line 6: seed is given twice"),
        (f"{CARTPOLE}  overrides: [: {{\n", "is not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_right_trains_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    status = main(["queue", str(written(tmp_path, text)), "--log_root", str(tmp_path / "logs"), "--json"])
    said = capsys.readouterr()
    assert status == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert json.loads(said.out) == {"status": "failed", "error": said.err.removeprefix("rl-trainer: ").rstrip("\n")}
    assert [path.name for path in tmp_path.iterdir()] == ["night.yaml"]


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", str(tmp_path / "no.yaml")]) == 2
    assert "no.yaml cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("- task: Isaac-Cartpole-Dirct\n", "did you mean Isaac-Cartpole-Direct"),
        ("- task: Isaac-Cartpole-Direct\n  library: amp\n", "it has one for rsl_rl"),
        ("- task: Isaac-Cartpole-Direct\n  overrides: [env.sim.dtt=1]\n", "env.sim has no 'dtt'"),
        ("- task: Isaac-Cartpole-Direct\n  device: cuda:7\n", "There is no device 'cuda:7'"),
        (
            "- task: Isaac-Cartpole-Direct\n  process: isaaclab\n  fine_tune: true\n  checkpoint: x.pt\n",
            "isaaclab train has no option for fine_tune",
        ),
        ("- task: Isaac-Cartpole-Direct\n  process: isaaclab\n  log_root: elsewhere\n", "writes to a folder logs"),
    ],
)
def test_what_isaac_lab_would_refuse_is_refused_before_the_first_run(
    tmp_path: Path, trainer: Any, lines: str, sentence: str
) -> None:
    requests = read_requests(written(tmp_path, CARTPOLE + lines))
    snapshot = trainer.snapshot()
    assert checked(*requests[0], snapshot).config.library == "rsl_rl"
    with pytest.raises(UserError) as refusal:
        checked(*requests[1], snapshot)
    assert str(refusal.value).startswith("night.yaml, line 5: ")
    assert sentence in str(refusal.value)


def start(warm_process: Any, folder: Path, text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        warm_process.python("-m", "rl_trainer_ext", "queue", str(written(folder, text)), "--json"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_seeds_and_a_run_that_fails_between_two(tmp_path: Path, warm_process: Any) -> None:
    failing = f"{CARTPOLE}  checkpoint: latest\n  experiment_name: nothing_there\n"
    text = f"{CARTPOLE}  seed: [1, 2]\n{failing}{CARTPOLE}  library: sb3\n  seed: 3\n"
    process = start(warm_process, tmp_path, text)
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 1, err
    told = json.loads(out.splitlines()[-1])
    assert told["status"] == "failed"
    runs = told["runs"]
    assert [(run["entry"], run["seed"], run["status"]) for run in runs] == [
        *((1, 1, "finished"), (1, 2, "finished"), (2, None, "failed"), (3, 3, "finished")),
    ]
    assert "There is no checkpoint of Isaac-Cartpole-Direct" in runs[2]["error"]
    assert [entry["seeds"] for entry in told["entries"]] == [[1, 2], [None], [3]]
    # each end is printed as it comes; each run has its own output
    assert "1 of 3: Isaac-Cartpole-Direct, seed 2: finished after 2 iterations" in err
    assert "2 of 3: Isaac-Cartpole-Direct: failed: There is no checkpoint" in err
    found = {str(run.path): run for run in list_runs(tmp_path / "logs", tmp_path / "cache")}
    assert sorted(found) == sorted(run["run_dir"] for run in runs if run["run_dir"])
    for path, run in found.items():
        assert run.status.value == "finished"
        assert "Traceback" not in Path(path, "console.log").read_text()


def test_ctrl_c_saves_the_run_and_tells_the_rest(tmp_path: Path, warm_process: Any) -> None:
    long = CARTPOLE.replace("max_iterations: 2", "max_iterations: 10000")
    process = start(warm_process, tmp_path, f"{long}  seed: [1, 2]\n{CARTPOLE}")
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if line.startswith("Training"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 130, seen + err
    told = json.loads(out.splitlines()[-1])
    assert told["status"] == "stopped"
    assert [run["status"] for run in told["runs"]] == ["stopped", "not run", "not run"]
    assert Path(told["runs"][0]["checkpoint"]).is_file()
