# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``train --preset FILE``: the file's options are those of the command line, which wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rl_trainer_ext.cli import preset
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.config_files import write_config

SAVED = RunConfig(
    "Isaac-Cartpole-Direct",
    "rsl_rl",
    num_envs=64,
    seed=3,
    log_root="/nights",
    video=True,
    overrides=("env.sim.dt=0.01", "physics=newton_mjwarp"),
    external=("my_tasks",),
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    write_config(tmp_path / "night.yaml", SAVED)
    return str(tmp_path / "night.yaml")


def _config(*words: str) -> RunConfig:
    arguments = parse(["train", *words])
    preset.apply(arguments)
    assert arguments.log_root == command_of(arguments).config.log_root
    return command_of(arguments).config


def test_a_preset_is_what_was_saved(file: str) -> None:
    assert _config("--preset", file) == SAVED
    assert _config("--task", "T").log_root == "logs"


def test_the_command_line_wins(file: str) -> None:
    words = (
        "--preset",
        file,
        "--num_envs",
        "8",
        "--log_root",
        "logs",
        "--external",
        "others",
        "env.sim.dt=0.02",
        "env.x=1",
    )
    config = _config(*words)
    assert (config.task, config.num_envs, config.seed, config.log_root) == (SAVED.task, 8, 3, "logs")
    assert config.overrides == ("physics=newton_mjwarp", "env.sim.dt=0.02", "env.x=1")
    assert config.external == ("my_tasks", "others")


def test_a_preset_that_cannot_be_used_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("task: T\nnum_env: 3\n")
    assert main(["train", "--preset", str(tmp_path / "a.yaml"), "--headless", "--json"]) == 2
    out, err = capsys.readouterr()
    assert "a.yaml, line 2: num_env is no option of rl-trainer train; did you mean num_envs?" in err
    assert json.loads(out)["status"] == "failed"


def test_a_training_needs_a_task_or_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--num_envs", "4"])
    assert ended.value.code == 2
    assert "required: --task" in capsys.readouterr().err
