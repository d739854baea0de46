# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests the sentence about what ended a run, and where its traceback is."""

from __future__ import annotations

import errno
import json
import math
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from rl_trainer_ext.cli import main as cli
from rl_trainer_ext.hosts.console import ConsoleLog
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.system.memory import is_out_of_memory
from rl_trainer_ext.training.failures import describe_run_failure
from rl_trainer_ext.training.snapshot import Failure, RunView, Snapshot

SAVED = Path("model_3.pt")


def test_only_a_training_says_what_was_learned():
    error = TypeError("'bool' object has no attribute 'detach'")
    said = {
        playing: describe_run_failure(error, playing=playing, run_dir=None, saved=SAVED) for playing in (True, False)
    }
    assert said[True] == "The playback failed with TypeError: 'bool' object has no attribute 'detach'."
    assert said[False].endswith("'detach'. What was learned until then is in model_3.pt.")


@pytest.mark.parametrize(("what", "run_dir"), [("The preview", None), ("", Path("logs/rsl_rl/ant/run"))])
def test_what_writes_no_weights_names_the_file_for_which_the_disk_is_full(what, run_dir):
    error = OSError(errno.ENOSPC, "No space left on device", "/cache/kernel.o")
    said = describe_run_failure(error, playing=True, run_dir=run_dir, saved=None, what=what)
    assert said.startswith(f"{what or 'The playback'} ended because a disk is full (")
    assert "'/cache/kernel.o'): make room there" in said


def allocation(of):
    """What a real allocator raises when there is not enough memory."""
    with pytest.raises((RuntimeError, MemoryError)) as raised:
        of()
    return raised.value


def warp_array():
    import warp

    warp.empty((2**30, 2**20), dtype=warp.float32, device="cpu")


@pytest.mark.parametrize("allocate", [lambda: torch.empty(2**55), lambda: bytearray(2**62), warp_array])
def test_out_of_memory_is_recognised_in_what_allocators_raise(allocate):
    error = allocation(allocate)
    assert is_out_of_memory(error)
    wrapped = RuntimeError("the scene could not be built")
    wrapped.__cause__ = error
    assert "use fewer environments" in describe_run_failure(wrapped, playing=False, run_dir=None, saved=None)


def test_the_gpu_allocators_error_is_known_by_its_type():
    assert is_out_of_memory(torch.OutOfMemoryError("Tried to allocate 2.00 GiB"))


@pytest.mark.parametrize("text", ["the manipulator is out of memory slots", "no room"])
def test_words_alone_do_not_mean_a_lack_of_memory(text):
    assert not is_out_of_memory(ValueError(text))
    assert "failed with ValueError" in describe_run_failure(ValueError(text), playing=False, run_dir=None, saved=None)


@pytest.mark.parametrize("has_folder", [True, False])
def test_the_command_line_says_where_the_details_are(tmp_path, capsys, has_folder):
    failure = Failure("The training failed with TypeError: odd.", "Traceback: all of it")
    run_dir = tmp_path if has_folder else None
    log = ConsoleLog()
    log.attach(run_dir)
    log.note_failure(failure)
    log.close()
    run = RunView(RunConfig("Isaac-Cartpole-Direct", "rsl_rl"), run_dir=run_dir)
    snapshot = Snapshot(status="failed", run=run, failure=failure)
    assert cli._conclude(snapshot, False, Namespace(verbose=False, json=False)) == cli.EXIT_FAILED
    said = capsys.readouterr().err
    assert "See the details" not in said
    if has_folder:
        assert f"the details are in {tmp_path / 'console.log'}" in said
        assert "Traceback: all of it" in (tmp_path / "console.log").read_text(encoding="utf-8")
    else:
        assert "--verbose shows the details" in said


def test_a_mean_reward_that_is_no_number_is_null_in_json(capsys):
    metrics = Metrics()
    metrics.add(MEAN_REWARD, math.nan, 3)
    run = RunView(RunConfig("Isaac-Cartpole-Direct", "rsl_rl"), metrics=metrics, mean_reward=metrics.last(MEAN_REWARD))
    snapshot = Snapshot(status="failed", run=run, failure=Failure("Diverged at iteration 3."))
    cli._conclude(snapshot, False, Namespace(verbose=False, json=True))
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)  # JSON has no NaN
    assert told["mean_reward"] is None
    assert told["error"] == "Diverged at iteration 3."
