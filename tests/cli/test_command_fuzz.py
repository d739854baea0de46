# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Any command line starts a run, or prints one sentence and exits with status 2; it never prints a traceback."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from helpers.fuzzing import any_text, fuzzed
from helpers.runs_made_here import run_to_end
from hypothesis import example, given
from hypothesis import strategies as st
from rl_trainer_ext.cli import doctor
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import LONGEST_MESSAGE, UserError

STARTED = "It would start now."

TEXT = (
    # Python makes surrogates of bytes that are not UTF-8; an argument contains no zero byte
    any_text(30, exclude="\0")
    | st.sampled_from(["", "-1", "0", "1", "16", "1e9", "nan", "inf", "9" * 5000, "9" * 4000, "٣", "x" * 10_000, "-h"])
    | st.sampled_from(["../..", "/", "/dev/null", "~", "~x/y", "latest", "best", "640x360", "0x0", "99999x99999"])
    | st.sampled_from(["Isaac-Cartpole-Direct", "rsl_rl", "sb3", "sb3_cfg_entry_point", "cpu", "cuda:99", "finished"])
)
RUN_OPTIONS = ("--task", "--library", "--rl_library", "--num_envs", "--device", "--agent", "--log_root", "--seed")
OPTIONS = {
    "train": (*RUN_OPTIONS, "--max_iterations", "--checkpoint", "--screenshot"),
    "play": (*RUN_OPTIONS, "--checkpoint", "--num_steps", "--speed", "--screenshot"),
    "runs": ("--log_root", "--task", "--library", "--status", "--tag", "--limit"),
    "doctor": ("--log_root",),
}
SWITCHES = ("--json", "--verbose", "--trust", "--archived", "--empty_trash")


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draws a command with some of its options, each with any text, and words in between."""
    command = draw(st.sampled_from(sorted(OPTIONS)))
    options = draw(st.dictionaries(st.sampled_from(OPTIONS[command]), TEXT, max_size=4))
    line = [f"{name}={value}" if draw(st.booleans()) else name for name, value in options.items()]
    for name, value in options.items():
        if name in line:
            line.insert(line.index(name) + 1, value)
    if command in ("train", "play") and draw(st.booleans()):
        line = ["--task", "Isaac-Cartpole-Direct", *line]
    line += draw(st.lists(TEXT, max_size=1)) + draw(st.lists(st.sampled_from(SWITCHES), max_size=2))
    return [command, *line]


@pytest.fixture
def nothing_starts(trainer, monkeypatch, tmp_path):
    """Replaces the environment and the window; everything before them is real."""

    def started(*_: object, **__: object) -> None:
        raise UserError(STARTED)

    def in_this_process(command: object, *, verbose: bool) -> tuple:
        return run_to_end(trainer, command), False

    monkeypatch.setattr("rl_trainer_ext.isaac_lab.simulation.environment", started)
    monkeypatch.setattr("rl_trainer_ext.hosts.standalone.terminal.run", in_this_process)
    monkeypatch.setattr("rl_trainer_ext.hosts.kit.launcher.run", started)
    # the other checks do not depend on the command line
    monkeypatch.setattr(doctor, "checks", lambda log_root: [doctor._log_root(log_root)])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@fuzzed(150)
@given(command_lines())
@example(["train", "--task=\udcff", "--log_root=\udcff"])
@example(["runs", "--log_root", "~no-such-user/x"])
@example(["doctor", "--log_root=" + "x" * 5000])
@example(["bench", "--num_envs=-5", "x"])
@example(["play", "--task", "Isaac-Cartpole-Direct", "--checkpoint", "x" * 5000])
@example(["play", "--task", "Isaac-Cartpole-Direct", "--checkpoint", "~no-such-user/x"])
@example(["train", "--task", "Isaac-Cartpole-Direct", "--log_root", "~no-such-user/x"])
def test_every_command_line_ends_in_a_sentence(nothing_starts: None, line: list[str]) -> None:
    if line[0] in ("train", "play"):
        line = [*line[:1], "--headless", *line[1:]]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(line)
    except SystemExit as ended:
        status = ended.code
    out.flush()
    err.flush()
    printed, said = out.buffer.getvalue().decode(), err.buffer.getvalue().decode()
    assert "Traceback" not in said
    if line[0] in ("runs", "doctor"):
        assert status in (0, 1, 2)
    else:
        asked_for_help = status == 0 and "usage:" in printed
        assert status == 2 or asked_for_help, said
    if status == 2:
        sentences = [one for one in said.splitlines() if one.startswith("rl-trainer: ")]
        assert len(sentences) == 1, said
        assert len(sentences[0]) < LONGEST_MESSAGE + 100
    if status == 2 and printed and "--json" in line:
        assert json.loads(printed.splitlines()[-1])["error"]
