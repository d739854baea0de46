# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The benchmark: the arithmetic on made-up numbers, the program itself on a real, tiny benchmark."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shlex
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest
import torch
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.frames.statistics import FrameFigures

from benchmarks import __main__ as command
from benchmarks import files, panel_run, printing
from benchmarks.plan import BenchConfig, Program, parse_picture
from benchmarks.processes import finding_this_package
from benchmarks.summary import Measurement, summarize

LIMIT = 900
ENVIRONMENT = finding_this_package(os.environ)
HEADLESS, VIEWER, FULL = Program.HEADLESS, Program.VIEWER, Program.FULL_RENDERING


def bench(*arguments: str) -> list[str]:
    """The command line of the benchmark with these arguments."""
    return [sys.executable, "-m", "benchmarks", "--device", "cpu", *arguments]


def measurement(program: Program, round: int, speed: float, **values) -> Measurement:
    """A made-up measurement."""
    return Measurement(program, round, speed, **{"first_iteration": 10.0, "peak_memory": 1_000_000_000} | values)


def figures(gap: float) -> FrameFigures:
    """Made-up figures of frames."""
    return FrameFigures(10.0, 250, 50, gap, 2 * gap, 3 * gap, 1.5 * gap)


def frames(gap: float) -> dict[str, FrameFigures]:
    """Made-up figures: ten frames a second while the mouse is idle, then frames with these gaps."""
    return {"figures": FrameFigures(10.0, 100, 50, 0.1, 0.1, 0.1, 0.1), "figures_in_use": figures(gap)}


def results(*measurements: Measurement, notes: dict[Program, str] | None = None) -> printing.Results:
    """A made-up benchmark."""
    programs = (HEADLESS, VIEWER, FULL)
    rows = tuple(summarize(program, measurements, (notes or {}).get(program, "")) for program in programs)
    machine = {
        "cpu": "A CPU",
        "cores": 2,
        "memory_gib": 8,
        "gpus": [],
        "system": "Linux x86_64",
        "python": "3.12.1",
        "versions": {"isaaclab": "3.0.0"},
    }
    config = BenchConfig("Isaac-Ant", "rsl_rl", (64,), "cpu", 30, 2, programs, (640, 360), xvfb=True)
    return printing.Results(config, machine, "2026-11-20", (printing.Result(64, rows, 1024),))


def test_the_rate_leaves_out_the_warm_up() -> None:
    # ten iterations, of which the first two took ten times as long; 20 % are left out
    times = [10.0, 20.0, *(20.0 + index for index in range(1, 9))]
    assert files.warm_up_iterations(10) == 2
    assert files.steps_per_second(times, 1000) == pytest.approx(1000.0)
    assert files.steps_per_second([0.0, 9.0, 10.0], 512) == pytest.approx(512.0)


def test_ratios_are_taken_within_a_round() -> None:
    measurements = [
        *(measurement(HEADLESS, round, speed) for round, speed in enumerate([1000, 100, 1000])),
        *(measurement(VIEWER, round, speed) for round, speed in enumerate([50, 10, 60])),
        *(measurement(FULL, round, speed) for round, speed in enumerate([900, 80, 950])),
    ]
    row = summarize(FULL, measurements)
    assert row.steps_per_second == 900
    assert (row.steps_per_second_lowest, row.steps_per_second_highest) == (80, 950)
    assert row.ratio_to_headless == pytest.approx(0.9)  # the median of 0.9, 0.8 and 0.95
    assert row.ratio_to_viewer == pytest.approx(950 / 60)
    assert summarize(HEADLESS, measurements).ratio_to_headless == 1.0


def test_a_ratio_tells_its_error() -> None:
    speeds = tuple(100.0 + 10 * (index // 4 % 2) for index in range(32))
    measurements = [
        measurement(program, 0, 100.0, speeds=own)
        for program, own in ((HEADLESS, (100.0,) * 32), (FULL, speeds), (VIEWER, speeds[:8]))
    ]
    row = summarize(FULL, measurements)
    # eight values, 0 and 10 % above the command in turn
    assert row.ratio_to_headless_error == pytest.approx(0.05 * math.sqrt(8 / 7) / math.sqrt(8), rel=0.1)
    table = dict(zip(*printing.cells([row]), strict=True))
    assert table["of headless"] == "1.000 ± 0.018"
    assert summarize(HEADLESS, measurements).ratio_to_headless_error is None
    assert summarize(VIEWER, measurements).ratio_to_headless_error is None


def test_a_training_without_a_whole_frame_has_no_frame_figures() -> None:
    short = measurement(FULL, 0, 100.0, figures=FrameFigures(), figures_in_use=FrameFigures())
    row = summarize(FULL, [short])
    assert (row.frames_per_second, row.training_share, row.gap_p50) == (None, None, None)
    one = summarize(FULL, [short, measurement(FULL, 1, 100.0, **frames(0.05))])
    assert one.frames_per_second == 10.0


def test_rounds_that_differ_tell_of_it() -> None:
    # each round is as sure of itself as can be
    sure = (100.0,) * 32
    measurements = [
        measurement(program, round, speed, speeds=sure)
        for round, own in enumerate([90.0, 99.0, 110.0])
        for program, speed in ((HEADLESS, 100.0), (FULL, own))
    ]
    ratios = [0.9, 0.99, 1.1]
    expected = 0.99 * statistics.stdev(map(math.log, ratios)) / math.sqrt(3)
    assert summarize(FULL, measurements).ratio_to_headless_error == pytest.approx(expected)
    without_turns = [dataclasses.replace(each, speeds=()) for each in measurements]
    assert summarize(FULL, without_turns).ratio_to_headless_error == pytest.approx(expected)
    assert summarize(FULL, without_turns[:2]).ratio_to_headless_error is None


def test_a_round_without_its_reference_makes_no_ratio() -> None:
    row = summarize(FULL, [measurement(HEADLESS, 0, 100.0), measurement(FULL, 0, 50.0), measurement(FULL, 1, 10.0)])
    assert row.ratio_to_headless == pytest.approx(0.5)
    assert row.ratio_to_viewer is None
    nothing = summarize(VIEWER, [measurement(FULL, 0, 50.0)], "no display")
    assert (nothing.steps_per_second, nothing.rounds, nothing.note) == (None, 0, "no display")


def test_starts_frames_and_memory() -> None:
    row = summarize(
        FULL,
        [
            measurement(HEADLESS, 0, 1.0, first_iteration=20.0),
            measurement(HEADLESS, 1, 1.0, first_iteration=10.0),
            measurement(FULL, 0, 1.0, second_first_iteration=1.0, **frames(0.02), peak_memory=5),
            measurement(FULL, 1, 1.0, second_first_iteration=2.0, **frames(0.04), peak_memory=7),
        ],
    )
    assert row.second_first_iteration == pytest.approx(1.5)
    assert row.second_start_ratio == pytest.approx((1 / 20 + 2 / 10) / 2)
    assert row.frames_per_second == pytest.approx(10.0)
    assert row.frames_per_second_in_use == pytest.approx(25.0)
    assert row.pictures_per_second == pytest.approx(5.0)
    assert (row.gap_p50, row.gap_max) == (pytest.approx(0.03), pytest.approx(0.12))
    assert row.peak_memory == 7
    assert row.peak_gpu_memory is None


@pytest.mark.parametrize(
    ("headless", "own", "equal", "command_equals_itself"),
    [
        (["a", "a"], ["a", "a"], True, True),
        (["a", "b"], ["a", "b"], True, False),
        (["a", "a"], ["a", "c"], False, True),
        (["a"], ["a"], True, None),
        (["a", "a"], ["", ""], None, True),
    ],
)
def test_weights_are_compared_within_a_round(headless, own, equal, command_equals_itself) -> None:
    measurements = [
        measurement(program, round, 1.0, weights=weights)
        for program, fingerprints in ((HEADLESS, headless), (FULL, own))
        for round, weights in enumerate(fingerprints)
    ]
    assert summarize(FULL, measurements).weights_equal is equal
    assert summarize(HEADLESS, measurements).weights_equal is command_equals_itself


def test_a_fingerprint_sees_one_bit(tmp_path) -> None:
    value = torch.ones(3)
    torch.save({"actor_state_dict": {"w": value}, "optimizer_state_dict": {"w": torch.rand(2)}}, tmp_path / "a.pt")
    torch.save({"actor_state_dict": {"w": value}, "optimizer_state_dict": {"w": torch.rand(2)}}, tmp_path / "b.pt")
    value = torch.nextafter(value, value + 1)
    torch.save({"actor_state_dict": {"w": value}}, tmp_path / "c.pt")
    first, same, other = (files.fingerprint(tmp_path / name) for name in ("a.pt", "b.pt", "c.pt"))
    assert first == same != other


def test_markdown_is_a_table_with_its_machine_and_its_command() -> None:
    lines = printing.markdown(
        results(
            measurement(HEADLESS, 0, 6700.0, weights="a"),
            measurement(FULL, 0, 670.0, weights="a", **frames(0.02), second_first_iteration=1.0),
            notes={VIEWER: "no display"},
        )
    ).splitlines()
    assert lines[0] == ("2026-11-20, A CPU, 2 cores, 8 GiB, no GPU; Linux x86_64, Python 3.12.1, isaaclab 3.0.0.")
    assert (
        "./rl_trainer.sh bench --task Isaac-Ant --library rsl_rl --num_envs 64 --device cpu --max_iterations 30 "
        "--repeat 2 --turns 0.5 --modes viewer full --picture 640x360 --xvfb"
    ) in lines
    assert "Isaac-Ant, 64 environments:" in lines
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert {len(row) for row in table} == {len(table[0])}
    assert set(table[1]) == {"---", "---:"}
    by_program = {row[0]: dict(zip(table[0][1:], row[1:], strict=True)) for row in table[2:]}
    assert list(by_program) == ["isaaclab train", "isaaclab train --visualizer newton", "Full rendering"]
    full = by_program["Full rendering"]
    assert (full["steps/s"], full["of headless"], full["weights"]) == ("670", "0.100", "equal")
    assert full["in use: frame gap p50 / p99 / max [ms]"] == "20 / 40 / 60"
    assert by_program["isaaclab train --visualizer newton"]["note"] == "no display"
    assert "GPU memory [GB]" not in full  # no program has a figure


def test_the_terminal_gets_a_column_for_each_program() -> None:
    text = printing.text(results(measurement(HEADLESS, 0, 6700.0), measurement(HEADLESS, 1, 6500.0)))
    assert "6,600 (6,500 to 6,700)" in text
    assert max(map(len, text.splitlines()[3:])) <= 120


@pytest.mark.parametrize("text", ["", "640", "640x", "axb", "8x8", "640x99999", "-640x360"])
def test_a_picture_needs_a_size(text) -> None:
    with pytest.raises(UserError, match="1280x720"):
        parse_picture(text)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--max_iterations", "2"], "max_iterations must be at least 3"),
        (["--turns", "0.01"], "turns must be at least 0.1 s, or 0"),
        (["--turns", "nan"], "turns must be at least 0.1 s, or 0"),
        (["--repeat", "0"], "repeat must be a whole number from 1"),
        (["--num_envs", "64", "0"], "num_envs must be a whole number from 1"),
        (["--library", "rllib"], "not 'rllib': choose one"),
        (["--device", "tpu"], "There is no device 'tpu'"),
        (["--picture", "large"], "The picture 'large' is no size"),
        (["--modes", "none"], "invalid choice: 'none'"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_bad_input_is_told_before_anything_runs(capfd, arguments, sentence) -> None:
    try:
        status = command.main(arguments)
    except SystemExit as exit:
        status = exit.code
    assert status == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    line = printed.err.splitlines()[-1]
    assert line.startswith("bench: ")
    assert sentence in line


TINY = ("--num_envs", "8", "--repeat", "1", "--modes", "no", "--json")


WARM_LAUNCH = """#!/bin/sh
# {0} -m benchmarks.launch PARENT LEDGER MODULE [arguments …]: the module, in a copy of the warm process
case "$PWD" in */{1}*) ;; *) exec {2} "$@" ;; esac
shift 4
exec {0} -m "$@"
"""


@pytest.fixture
def warm_programs(warm_process, tmp_path_factory, monkeypatch) -> Callable[[str], None]:
    """Makes programs that start in a folder of this name copies of the warm process, and shortens a measurement."""

    def warm_programs(folder: str) -> None:
        python = tmp_path_factory.mktemp("python") / "python"
        python.write_text(WARM_LAUNCH.format(shlex.join(warm_process.python()), folder, shlex.quote(sys.executable)))
        python.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(python))
        monkeypatch.setattr(panel_run, "IN_USE", 1.0)

    return warm_programs


@pytest.mark.subprocess
def test_a_tiny_benchmark(warm_programs, tmp_path, monkeypatch, capfd) -> None:
    """The programs are started as those of any benchmark, except those of the warm-up."""
    warm_programs("warm-up/")
    monkeypatch.chdir(tmp_path)
    # as many iterations as take several frames of an idle panel, also on a fast machine
    assert command.main(["--device", "cpu", *TINY, "--library", "rsl_rl", "--max_iterations", "12"]) == 0
    done = capfd.readouterr()
    result = json.loads(done.out)
    assert (result["task"], result["library"], result["device"]) == ("Isaac-Cartpole-Direct", "rsl_rl", "cpu")
    assert (result["max_iterations"], result["repeat"], result["turns"]) == (12, 1, 0.5)
    assert result["machine"]["cores"] >= 1
    assert result["machine"]["versions"]["isaaclab"] == "3.0.0"
    (measured,) = result["results"]
    # 16 steps each; nothing of the training that is stopped in the middle of an iteration
    assert (measured["num_envs"], measured["steps_per_iteration"]) == (8, 8 * 16)
    headless, ours = measured["programs"]
    assert [row["program"] for row in measured["programs"]] == ["headless", "no"]
    assert headless["ratio_to_headless"] == 1.0
    assert ours["ratio_to_headless"] == pytest.approx(ours["steps_per_second"] / headless["steps_per_second"])
    assert ours["weights_equal"] is True
    assert ours["frames_per_second"] > 0
    assert 0.5 < ours["training_share"] < 1.0
    assert ours["pictures_per_second"] == 0
    assert 0 < ours["gap_p50"] <= ours["gap_p99"] <= ours["gap_max"]
    assert 0 < ours["second_first_iteration"] < headless["first_iteration"]
    assert ours["second_start_ratio"] == pytest.approx(ours["second_first_iteration"] / headless["first_iteration"])
    assert 0.3e9 < headless["peak_memory"] < 20e9
    assert 0.3e9 < ours["peak_memory"] < 20e9
    # where it stands goes to stderr, the runs to nowhere
    assert "[3/4] 8 environments, round 1 of 1: No rendering starts, about" in done.err
    assert "[4/4] 8 environments, round 1 of 1: all take turns of 0.5 s, about" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.subprocess
@pytest.mark.parametrize("library", ["sb3", "skrl"])
def test_another_library_without_turns(warm_programs, capfd, library) -> None:
    """The programs are copies of the warm process: starts and memory are not those of a benchmark."""
    warm_programs("")
    assert command.main(["--device", "cpu", *TINY, "--library", library, "--max_iterations", "3", "--turns", "0"]) == 0
    printed = capfd.readouterr()
    result = json.loads(printed.out)
    assert (result["library"], result["turns"], result["complete"]) == (library, 0, True)
    (measured,) = result["results"]
    assert (measured["num_envs"], measured["steps_per_iteration"]) == (8, 8 * (32 if library == "skrl" else 16))
    headless, ours = measured["programs"]
    assert headless["steps_per_second"] > 0
    assert ours["ratio_to_headless"] == pytest.approx(ours["steps_per_second"] / headless["steps_per_second"])
    assert ours["weights_equal"] is True
    assert ours["second_first_iteration"] > 0
    assert "[3/3] 8 environments, round 1 of 1: No rendering, about" in printed.err


@pytest.mark.parametrize("end", [KeyboardInterrupt(), UserError("This extension failed: out of memory.")])
def test_what_ends_a_benchmark_leaves_the_figures_until_then(monkeypatch, capfd, end) -> None:
    class RunnerDouble:
        """Measures twice, and is then ended."""

        display = ""

        def __init__(self, config: BenchConfig, *_) -> None:
            self.config, self.runs = config, 0

        def warm_up(self, num_envs: int) -> int:
            return 1024

        def run(self, program: Program, num_envs: int, round: int, steps_per_iteration: int) -> tuple[Measurement, str]:
            self.runs += 1
            if self.runs > 2:
                raise end
            return measurement(program, round, 1000.0 * self.runs), ""

    monkeypatch.setattr(command, "Runner", RunnerDouble)
    arguments = ["--num_envs", "8", "16", "--modes", "no", "partial", "--turns", "0", "--json"]
    status = command.main(["--device", "cpu", *arguments])
    printed = capfd.readouterr()
    result = json.loads(printed.out)
    assert result["complete"] is False
    (measured,) = result["results"]
    assert [row["steps_per_second"] for row in measured["programs"]] == [1000.0, 2000.0, None]
    assert (str(end) or "interrupted") in printed.err
    assert status == (1 if isinstance(end, UserError) else 130)


@pytest.mark.subprocess
def test_ctrl_c_ends_the_programs(tmp_path) -> None:
    process = subprocess.Popen(
        bench("--modes", "no"), cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            end = time.monotonic() + LIMIT
            children = []
            while not children and time.monotonic() < end:
                children = psutil.Process(process.pid).children(recursive=True)
                time.sleep(0.1)
            assert children
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
