# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``train --task T --help``: what there is to choose from for a task."""

from __future__ import annotations

import pytest
from rl_trainer_ext.cli import choices
from rl_trainer_ext.cli.main import main

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("argv", "task"),
    [(["train", "--task", "T", "--help"], "T"), (["train", "--task=T"], "T"), (["train", "-h"], ""), (["--task"], "")],
)
def test_the_task_is_found_before_the_options_are_read(argv, task):
    assert choices.task_in(argv) == task


def test_help_lists_agents_and_presets_of_the_task(trainer, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["play", "--task", "Isaac-Velocity-Flat-AnymalD", "--help"])
    printed, errors = capsys.readouterr()
    assert ended.value.code == 0
    assert "[INFO]" not in errors
    assert "choices of Isaac-Velocity-Flat-AnymalD:" in printed
    assert "--library rsl_rl --agent rsl_rl_cfg_entry_point | " in printed
    assert "rsl_rl_distillation_cfg_entry_point" in printed
    assert "physics=" in printed
    assert "newton_mjwarp" in printed


def test_help_for_an_unknown_task_says_so(trainer, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--task", "Isaac-Cartpol", "--help"])
    assert "There is no task 'Isaac-Cartpol': did you mean Isaac-Cartpole" in capsys.readouterr().out
