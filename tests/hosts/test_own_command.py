# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""rl-trainer in a process beside this one: what it wrote is told, and so is why it wrote nothing."""

from __future__ import annotations

import os
import shutil
import time

import pytest
from helpers.runs_made_here import CARTPOLE
from helpers.videos import read_video
from rl_trainer_ext.hosts.processes import own_command
from rl_trainer_ext.hosts.processes.child import ChildProcess
from rl_trainer_ext.hosts.processes.own_command import OwnCommand, begin_evaluation, begin_film, begin_policy_export

pytestmark = [pytest.mark.subprocess, pytest.mark.slow]

LIMIT = 300.0


def to_the_end(command: OwnCommand) -> OwnCommand:
    end = time.monotonic() + LIMIT
    while not (command.done or command.problem) and time.monotonic() < end:
        command.update()
        time.sleep(0.05)
    return command


def test_a_policy_is_exported_and_told(headless, warm_children):
    snapshot = headless["sb3"]
    command = to_the_end(begin_policy_export(snapshot.config.replace(checkpoint=str(snapshot.checkpoint))))
    assert command.problem == ""
    folder = snapshot.run_dir / "exported"
    assert command.outcome.startswith(f"Exported policy.pt and policy.onnx to {folder}")
    assert {file.name for file in folder.iterdir()} == {"policy.pt", "policy.onnx"}


def test_a_film_is_told(headless, warm_children, tmp_path):
    run_dir = shutil.copytree(headless["rsl_rl"].run_dir, tmp_path / "rsl_rl" / "cartpole_direct" / "run")
    for checkpoint in sorted(run_dir.glob("model_*.pt"))[1:]:
        checkpoint.unlink()  # each is filmed for as long
    command = to_the_end(begin_film(run_dir))
    assert command.problem == ""
    film = run_dir / "videos" / "film.mp4"
    assert command.outcome == f"Filmed to {film}"
    assert len(read_video(film)) >= 200


def test_the_sentence_of_a_refusal_is_the_problem(tmp_path, warm_children):
    config = CARTPOLE.replace(checkpoint=str(tmp_path / "missing.pt"), log_root=str(tmp_path))
    command = to_the_end(begin_policy_export(config))
    assert "missing.pt" in command.problem
    assert "\n" not in command.problem
    assert not command.done


def test_stopping_ends_the_process(headless):
    command = begin_film(headless["rsl_rl"].run_dir)
    pid = command.pid
    command.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_number_in_the_last_line_of_a_killed_process_is_no_result(tmp_path, monkeypatch):
    script = tmp_path / "killed.py"
    script.write_text("import os; print(100, flush=True); os.kill(os.getpid(), 9)", encoding="utf-8")
    monkeypatch.setattr(own_command, "ChildProcess", lambda *_, **__: ChildProcess(str(script), []))
    command = to_the_end(OwnCommand("Filming a run", [], str))
    assert command.problem == "Filming a run failed with exit status -9: 100"


def test_the_evaluation_of_all_checkpoints_names_their_run(tmp_path):
    # RL-Games has its checkpoints in a folder of the run
    checkpoint = tmp_path / "rl_games" / "ant" / "2026-01-01_10-00-00" / "nn" / "last_ant_ep_10.pth"
    command = begin_evaluation(CARTPOLE.replace(library="rl_games", checkpoint=str(checkpoint)), every=True)
    command.stop()
    assert command.subject == "Evaluating the checkpoints of 2026-01-01_10-00-00"
