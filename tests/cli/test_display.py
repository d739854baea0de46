# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``--render_mode`` and ``--viewport_share``: what they ask the trainer for, and when they cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.standalone import program, terminal
from rl_trainer_ext.training.commands import SetRenderMode, SetViewportShare
from rl_trainer_ext.training.snapshot import Snapshot


@pytest.fixture
def opened(monkeypatch) -> list[dict[str, Any]]:
    """Records what a double of the host is asked for, instead of opening a window."""
    calls: list[dict[str, Any]] = []

    def run_double(command: Any, **options: Any) -> tuple[Snapshot, bool]:
        calls.append(options)
        return Snapshot(), False

    monkeypatch.setattr(program, "run", run_double)
    monkeypatch.setattr(terminal, "run", run_double)
    return calls


@pytest.mark.parametrize("command", ["train", "play"])
@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], ()),
        (["--render_mode", "full"], (SetRenderMode(RenderMode.FULL_RENDERING),)),
        (["--render_mode", "none"], (SetRenderMode(RenderMode.NO_RENDERING),)),
        (
            ["--render_mode", "partial", "--viewport_share", "25"],
            (SetRenderMode(RenderMode.PARTIAL_RENDERING), SetViewportShare(0.25)),
        ),
        (["--viewport_share", "0"], (SetViewportShare(0.0),)),
    ],
)
def test_the_trainer_is_asked_before_the_run(opened, command, words, asked):
    assert main([command, "--task", "Isaac-Ant", *words]) == 0
    assert opened[0]["first"] == asked


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--viewport_share", "60"], "viewport_share must be from 0 to 50 percent, not 60."),
        (["--viewport_share", "nan"], "viewport_share must be from 0 to 50 percent, not nan."),
        (["--viewport_share", "much"], "invalid float value: 'much'"),
        (["--render_mode", "some"], "invalid choice: 'some'"),
        (["--headless", "--render_mode", "full"], "--render_mode full is for the viewport, and --headless opens none"),
        (["--headless", "--screenshot", "a.png"], "--screenshot is a picture of the panel, and --headless opens none"),
        (["--headless", "--viewport_share", "5"], "--viewport_share is for the viewport, and --headless opens none"),
    ],
)
def test_what_cannot_be_is_one_sentence(opened, capsys, words, sentence):
    try:
        status = main(["train", "--task", "Isaac-Ant", *words])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    printed = capsys.readouterr().err.strip()
    assert sentence in printed
    assert "\n" not in printed
    assert not opened
