# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer load``: a preview by the command line."""

from __future__ import annotations

import json
import subprocess

import pytest
from rl_trainer_ext.cli import main as cli
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load
from rl_trainer_ext.training.snapshot import PreviewActions

LOAD = ["load", "--task", "Isaac-Cartpole-Direct"]


def test_the_arguments_are_those_of_a_preview() -> None:
    given = [*LOAD, "--num_envs", "8", "--agent", "random", "--seed", "3", "--num_steps", "9", "env.sim.dt=0.01"]
    config = RunConfig("Isaac-Cartpole-Direct", "", num_envs=8, seed=3, num_steps=9, overrides=("env.sim.dt=0.01",))
    assert command_of(parse(given)) == Load(config, PreviewActions.RANDOM)
    assert command_of(parse(LOAD)) == Load(RunConfig("Isaac-Cartpole-Direct", ""), PreviewActions.ZERO)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--agent", "clever"], ("clever", "zero", "random")),
        (["--num_envs", "0"], ("num_envs", "from 1")),
        (["--num_steps", "0"], ("num_steps", "at least 1")),
        (["--library", "sb3"], ("--library",)),
        (["--speed", "-1"], ("speed", "real time")),
        (["nonsense"], ("nonsense", "Hydra override")),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_loaded(capsys, arguments, words) -> None:
    status: object
    try:
        status = cli.main([*LOAD, *arguments])
    except SystemExit as exit:
        status = exit.code
    said = capsys.readouterr().err
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert all(word in said for word in words)


def test_headless_makes_its_steps_and_no_folder(warm_process, tmp_path) -> None:
    arguments = [*LOAD, "--headless", "--num_envs", "4", "--num_steps", "5", "--agent", "random", "--device", "cpu"]
    ended = subprocess.run(
        warm_process.python("-m", "rl_trainer_ext", *arguments, "--json"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stderr
    printed = json.loads(ended.stdout.splitlines()[-1])
    assert (printed["status"], printed["steps"], printed["run_dir"]) == ("finished", 20, None)
    assert not list(tmp_path.iterdir())
