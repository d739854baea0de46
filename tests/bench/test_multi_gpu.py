# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The benchmark of several GPUs: its command lines are both programs' own, its table has medians and ratios."""

from __future__ import annotations

import argparse
from pathlib import Path

from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.where import Where, WhereKind

from benchmarks.multi_gpu import COMMAND, OURS, Measured, table, words

ARGUMENTS = argparse.Namespace(task="Isaac-Ant-Direct", num_envs=64, max_iterations=5)


def test_the_same_training_is_asked_of_both() -> None:
    module, *ours = words(OURS, 2, Path("/tmp/logs"), ARGUMENTS)
    command = command_of(parse(ours))
    assert isinstance(command, Train)
    assert (module, command.where) == ("rl_trainer_ext", Where(WhereKind.GPUS, 2))
    assert (command.config.num_envs, command.config.max_iterations) == (64, 5)
    from isaaclab.cli.multigpu import build_parser
    from isaaclab_rl.entrypoints.multigpu import LAUNCHER_CFG

    module, action, *theirs = words(COMMAND, 2, Path("/tmp/logs"), ARGUMENTS)
    assert (module, action) == ("isaaclab", "train_multigpu")
    launcher, worker = build_parser(LAUNCHER_CFG).parse_known_args(theirs)
    assert (launcher.nproc_per_node, launcher.rl_library) == ("2", "rsl_rl")
    assert worker[:4] == ["--task", "Isaac-Ant-Direct", "--num_envs", "64"]
    assert words(COMMAND, 1, Path("/tmp/logs"), ARGUMENTS)[1] == "train"


def test_the_table_has_medians_efficiency_and_the_ratio() -> None:
    rows = [(COMMAND, 1, 100.0), (COMMAND, 1, 300.0), (COMMAND, 1, 200.0), (COMMAND, 2, 360.0), (OURS, 2, 342.0)]
    lines = table([Measured(*row, seconds=50.0, iterations=5) for row in rows]).splitlines()
    assert lines[2] == "| 1 | 200 | 1.00 |  |  |  | 50 |"
    assert lines[3] == "| 2 | 360 | 0.90 | 342 |  | 0.950 | 50 and 50 |"
