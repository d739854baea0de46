# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Options before and after a command, and what is said of commands and options that do not exist."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest
from helpers.runs_on_disk import make_run
from rl_trainer_ext.cli import main as cli
from rl_trainer_ext.cli.arguments import parse

TRAIN = ("train", "--task", "Isaac-Cartpole-Direct")


@pytest.mark.parametrize(
    "command",
    [
        *(TRAIN, ("load", *TRAIN[1:]), ("play", *TRAIN[1:]), ("eval", *TRAIN[1:]), ("export", *TRAIN[1:])),
        *(("runs",), ("tasks",), ("doctor",), ("queue", "x"), ("sweep", "x"), ("film", "x"), ("replay", "x")),
        *(("attach", "x"), ("stop", "x")),
    ],
    ids=lambda command: command[0],
)
def test_common_options_count_before_a_command_and_after_it(command: tuple[str, ...]) -> None:
    options = ["--log_root", "elsewhere", "--json", "--verbose"]
    for line in ([*options, *command], [*command, *options]):
        arguments = parse(line)
        assert (arguments.log_root, arguments.json, arguments.verbose) == ("elsewhere", True, True)
        assert arguments.chose_log_root
    usual = parse(list(command))
    assert (usual.log_root, usual.json, usual.verbose, usual.chose_log_root) == ("logs", False, False, False)
    assert parse(["--log_root", "first", *command, "--log_root", "second"]).log_root == "second"


def test_runs_of_a_log_root_before_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path / "runs of mine")
    assert cli.main(["--log_root", str(tmp_path / "runs of mine"), "--json", "runs"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["trian"], "There is no command 'trian': did you mean train? (see rl-trainer --help)"),
        (["list"], "There is no command 'list': write tasks (see rl-trainer --help)"),
        (["xyzzy"], "There is no command 'xyzzy': choose train, attach, stop"),
        (["train", "--tsk", "X"], "Unknown argument --tsk; did you mean --task? (see rl-trainer train --help)"),
        ([*TRAIN, "--num-envs", "3"], "Unknown argument --num-envs; did you mean --num_envs?"),
        ([*TRAIN, "--Max-Iterations=3"], "Unknown argument --Max-Iterations; did you mean --max_iterations?"),
        ([*TRAIN, "--nonsense"], "Unknown argument --nonsense (see rl-trainer train --help)"),
        ([*TRAIN, "--distributed"], "Unknown argument --distributed: train --where gpus trains on all GPUs"),
        ([*TRAIN, "--viz", "newton"], "Unknown argument --viz: the panel has a viewport of its own"),
        (["play", *TRAIN[1:], "--real-time"], "Unknown argument --real-time: play runs in real time unless --speed"),
        (["eval", *TRAIN[1:], "--headless"], "Unknown argument --headless: eval opens no window, leave it out"),
        (["--task", "Isaac-Ant"], "--task is no option of the program itself: write it after a command such as train"),
        (["--num_envs", "4", *TRAIN], "--num_envs is no option of the program itself: write it after train (see rl-"),
        (["--log_root", "x", "trian"], "There is no command 'trian': did you mean train?"),
        (["--task=Isaac-Ant"], "--task is no option of the program itself: write it after a command such as train"),
        (["--deterministic", *TRAIN], "--deterministic is no option of the program itself: write it after train"),
        (["--tsk", "Isaac-Ant"], "Unknown argument --tsk"),
        (["--headless"], "--headless is no option of the program itself: write it after a command such as train"),
        (["runs", "cartpole"], "Unknown argument cartpole (see rl-trainer runs --help)"),
        (["--isaacsim", *TRAIN], "--isaacsim opens the panel and takes no command: leave one of them out"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(
    capsys: pytest.CaptureFixture[str], line: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as exit:
        parse(line)
    assert exit.value.code == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"rl-trainer: {sentence}")


@pytest.mark.parametrize(
    "line", [["--json", "trian"], [*TRAIN, "--nonsense", "--json"], ["runs", "--json", "--log_root"]]
)
def test_what_is_wrong_with_the_arguments_is_json_too(capsys: pytest.CaptureFixture[str], line: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(line)
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "status": "failed",
        "error": printed.err.removeprefix("rl-trainer: ").rstrip("\n"),
    }


@pytest.mark.parametrize(
    ("written", "library"),
    [
        *(("rsl_rl", "rsl_rl"), ("RSL-RL", "rsl_rl"), ("Rsl_Rl", "rsl_rl"), ("SB3", "sb3"), ("skrl", "skrl")),
        *(("Stable-Baselines3", "sb3"), ("RL-Games", "rl_games"), ("torchrl", "torchrl"), ("Amp", "Amp"), ("", "")),
    ],
)
def test_a_library_is_called_by_its_name_or_its_label(written: str, library: str) -> None:
    for line in (TRAIN, ("tasks",), ("runs",), ("play", *TRAIN[1:])):
        assert parse([*line, "--library", written]).library == library


@pytest.mark.parametrize("command", ["train", "load", "play", "eval", "export", "film", "runs", "tasks", "sweep"])
def test_help_fits_a_terminal_of_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    _usage, *texts = capsys.readouterr().out.split("\n\n")
    assert [line for text in texts for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        ("train", ("the task's, 64 on a CPU", "cuda:0 if there is one")),
        ("eval", ("the episodes, at most 64", "cuda:0 if there is one")),
        ("export", ("4", "cpu")),
    ],
)
def test_help_tells_the_defaults_of_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, defaults: tuple[str, str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    printed = capsys.readouterr().out
    assert f"parallel environments (default: {defaults[0]})" in printed
    assert f"cpu or cuda:<index> (default: {defaults[1]})" in printed


def test_task_modules_count_before_a_command_and_after_it() -> None:
    assert parse(["--external", "a", *TRAIN, "--external", "b", "--external_call=c"]).external == ["a", "b", "c"]
    assert parse(["--external", "a"]).external == ["a"]
    assert parse(TRAIN).external == []


@pytest.mark.parametrize("installed", [True, False])
def test_the_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool
) -> None:
    version = importlib.metadata.version("rl-trainer-ext")
    if not installed:  # the folder of the extension on Python's path
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        with pytest.raises(importlib.metadata.PackageNotFoundError):
            importlib.metadata.version("rl-trainer-ext")
    with pytest.raises(SystemExit) as exit:
        parse(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == f"rl-trainer {version}\n"
