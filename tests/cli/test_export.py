# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer export`` as a user calls it."""

from __future__ import annotations

import json

import onnxruntime
import pytest
from rl_trainer_ext.cli import main as command_line
from rl_trainer_ext.cli.arguments import EXIT_BAD_INPUT

pytestmark = pytest.mark.slow


def export(capsys, *arguments):
    status = command_line.main(["export", "--task", "Isaac-Cartpole-Direct", *map(str, arguments)])
    return status, capsys.readouterr()


def test_the_latest_checkpoint_is_exported_and_told_as_json(headless, capsys):
    snapshot = headless["rsl_rl"]
    status, said = export(capsys, "--library", "rsl_rl", "--log_root", snapshot.config.log_root, "--json")
    assert status == 0, said.err
    told = json.loads(said.out.splitlines()[-1])
    assert told["checkpoint"] == str(snapshot.checkpoint)
    assert told["jit"] == str(snapshot.run_dir / "exported" / "policy.pt")
    assert told["max_error"] <= 1e-5
    session = onnxruntime.InferenceSession(told["onnx"], providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["obs"]


def test_without_a_checkpoint_there_is_one_sentence(tmp_path, capsys):
    status, said = export(capsys, "--library", "rsl_rl", "--log_root", tmp_path)
    assert status == EXIT_BAD_INPUT
    assert said.err.startswith("rl-trainer: ") or "rl-trainer: " in said.err
    assert "checkpoint" in said.err
    assert list(tmp_path.iterdir()) == []
