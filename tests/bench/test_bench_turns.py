# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Programs of a benchmark that take turns: real processes, tiny ones."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from rl_trainer_ext.errors import UserError

from benchmarks import processes, readings, stoppable
from benchmarks.plan import BenchConfig, Program
from benchmarks.processes import Child
from benchmarks.programs import Running
from benchmarks.rounds import Progress, Rounds
from benchmarks.summary import Measurement
from benchmarks.turns import Stops, in_turn, progress, relative_error

TURN = 0.25
PROGRAMS = (Program.HEADLESS, Program.VIEWER, Program.NO_RENDERING)
CONFIG = BenchConfig("T", "rsl_rl", (64,), "cpu", 25, 2, PROGRAMS, (64, 64), turns=TURN)
TINY = """
import json, pathlib, sys, time
from benchmarks import stoppable

seconds, memory, status = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

def work(seconds):
    end = time.thread_time() + seconds  # a clock that no stop turns
    while time.thread_time() < end:
        sum(range(20_000))  # a fraction of a millisecond
        stamps.append((time.time(), time.monotonic(), time.perf_counter()))

stamps = []
work(0.05)
print("first iteration", flush=True)
stoppable.begin()
pathlib.Path("memory").write_text(str(memory))
work(seconds)
if status:
    sys.exit("It failed.")
stoppable.end()
undisturbed = time.time()
work(float(sys.argv[4]))
pathlib.Path("stamps.json").write_text(json.dumps({"stamps": stamps, "undisturbed": undisturbed}))
pathlib.Path("memory").write_text("0")
"""


def gone(pid: int) -> bool:
    """Returns whether a process has ended, also when its parent has not waited for it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def tiny(tmp_path: Path):
    """Starts tiny programs; none is left behind."""
    children = []

    def memory() -> int:
        return sum(int(file.read_text() or 0) for file in tmp_path.glob("*/memory"))

    def start(
        name: str,
        *,
        own_time: bool,
        seconds: float = 0.6,
        undisturbed: float = 2 * TURN,
        memory_used: int = 0,
        status: int = 0,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> Child:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "tiny.py").write_text(TINY)
        child = Child(
            "tiny",
            [str(seconds), str(memory_used), str(status), str(undisturbed)],
            folder,
            environment=os.environ,
            interrupted=interrupted,
            gpu_memory=memory,
            own_time=own_time,
        )
        children.append(child)
        return child

    yield start
    processes.end(children)


def come_past_the_first_iteration(child: Child) -> None:
    """As a round does."""
    child.wait(lambda: child.stops.stopped or b"first" in child.output.read_bytes(), seconds=60)
    child.stop()


def test_the_order_is_reversed_each_time() -> None:
    assert [in_turn("abc", turn) for turn in range(3)] == [list("abc"), list("cba"), list("abc")]


def test_running_time_leaves_out_the_stops() -> None:
    stops = Stops()
    assert stops.running(100.0, 107.0) == 7.0
    stops.begin(110.0)
    assert stops.stopped
    # while it is stopped, and for a moment within the stop
    assert stops.running(100.0, 115.0) == pytest.approx(10.0)
    stops.end(120.0)
    stops.begin(122.0)
    stops.end(130.0)
    assert not stops.stopped
    moments = [100.0, 109.0, 110.0, 115.0, 121.0, 131.0]
    assert [stops.running(100.0, moment) for moment in moments] == pytest.approx([0.0, 9.0, 10.0, 10.0, 11.0, 13.0])
    assert stops.running(121.0, 131.0) == pytest.approx(2.0)
    assert stops.total == pytest.approx(18.0)
    assert stops.turns == [(120.0, 122.0)]
    stops.begin(133.0)
    assert stops.turns == [(120.0, 122.0), (130.0, 133.0)]


def test_progress_counts_fractions_of_iterations() -> None:
    moments = [10.0, 12.0, 13.0, 17.0]
    assert [progress(moments, moment) for moment in (10.0, 11.0, 12.0, 12.5, 14.0, 17.0)] == [1, 1.5, 2, 2.5, 3.25, 4]


def test_the_error_of_a_ratio_leaves_out_what_slows_both_down() -> None:
    machine = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.2, 1.2, 1.2, 1.2, 0.9, 0.9, 0.9, 0.9]
    command = [100 * speed for speed in machine]
    assert relative_error([[0.9 * speed for speed in command]], [command]) == pytest.approx(0.0, abs=1e-9)
    # what slows one alone down is its error: ± 10 % from value to value, four of them
    own = [speed * (1.1 if index // 4 % 2 else 1 / 1.1) for index, speed in enumerate(command)]
    expected = statistics.stdev([math.log(1.1), -math.log(1.1)] * 2) / 2
    assert relative_error([own], [command]) == pytest.approx(expected)
    # four times as many rounds halve it
    assert relative_error([own] * 4, [command] * 4) == pytest.approx(expected / 2, rel=0.15)
    # a turn that is not measured in one program is left out in both, and too few turns tell nothing
    assert relative_error([[None, *own[1:]]], [command]) is None
    assert relative_error([own[:12]], [command[:12]]) is None


def test_a_clock_never_shows_a_stop(tmp_path) -> None:
    ledger = stoppable.open_ledger(tmp_path / "ledger", new=True)
    other = stoppable.open_ledger(tmp_path / "ledger")
    readings = iter([10.0, 15.0, 15.5, 16.0])

    def original() -> float:
        now = next(readings)
        if now == 15.0:  # it was stopped within this very reading
            other.left_out = 4.0
        return now

    clock = stoppable.without_stops(original, ledger)
    assert [clock(), clock(), clock()] == [10.0, 11.5, 12.0]


def test_one_at_a_time_and_clocks_that_do_not_see_it(tiny, tmp_path) -> None:
    children = []
    for name, own_time, memory in (("command", False, 100), ("extension", True, 1000)):
        child = tiny(name, own_time=own_time, memory_used=memory)
        come_past_the_first_iteration(child)
        assert child.stops.stopped
        assert psutil.Process(child.process.pid).status() == psutil.STATUS_STOPPED
        children.append(child)
    ended = []
    processes.take_turns(children, TURN, ended.append)
    assert set(ended) == set(children)
    command, extension = children
    # each alone, what the other holds meanwhile left out
    assert [child.finished.peak_gpu_memory for child in children] == [100, 1000]
    assert [child.finished.status for child in children] == [0, 0]
    written = {child: json.loads((child.output.parent / "stamps.json").read_text()) for child in children}
    for child in children:
        stamps = written[child]["stamps"]
        # the log of stops is true: nothing happens within one
        assert all(child.stops.running(stamp - 1e-4, stamp + 1e-4) > 1e-6 for stamp, *_ in stamps)
        assert child.stops.total > 2 * TURN
    # the command's clocks show its stops; the extension's do not, and none of them ever goes back
    for clock in (1, 2):
        for child in children:
            stamps = written[child]["stamps"]
            assert min(b[clock] - a[clock] for a, b in itertools.pairwise(stamps)) >= 0.0
            start, end = stamps[0], stamps[-1]
            expected = end[0] - start[0] if child is command else child.stops.running(start[0], end[0])
            assert end[clock] - start[clock] == pytest.approx(expected, abs=TURN / 2)
    # after its first training it is asked in vain
    undisturbed, end = written[extension]["undisturbed"], written[extension]["stamps"][-1][0]
    assert extension.stops.running(undisturbed, end) == pytest.approx(end - undisturbed, abs=TURN / 10)
    assert end - undisturbed >= 2 * TURN


def test_a_stopped_program_is_ended(tiny) -> None:
    children = [tiny(name, own_time=name == "b", seconds=60) for name in "ab"]
    for child in children:
        come_past_the_first_iteration(child)
    began = time.monotonic()
    processes.end(children)
    assert time.monotonic() - began < processes.GRACE / 2
    assert all(gone(child.process.pid) for child in children)


def test_a_stopped_program_ends_with_a_killed_benchmark(tmp_path) -> None:
    (tmp_path / "tiny.py").write_text(TINY)
    program = f"""
import os, pathlib
from benchmarks.processes import Child
child = Child("tiny", ["60", "0", "0", "0"], pathlib.Path({str(tmp_path)!r}), environment=os.environ,
              interrupted=lambda: False, gpu_memory=None, own_time=True)
child.wait(lambda: child.stops.stopped)
print(child.process.pid, flush=True)
child.wait()
"""
    environment = processes.finding_this_package(os.environ)
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as benchmark:
        pid = int(benchmark.stdout.readline())
        assert psutil.Process(pid).status() == psutil.STATUS_STOPPED
        benchmark.kill()
    end = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert gone(pid)


@dataclasses.dataclass
class RunnerDouble:
    """Starts tiny programs rather than trainings; notes who was started."""

    tiny: Callable[..., Child]
    statuses: dict[Program, int]
    seconds: float = 0.1
    interrupted: Callable[[], bool] = lambda: False
    display: str = ":0"
    config: BenchConfig = CONFIG
    children: list[Child] = dataclasses.field(default_factory=list)

    def warm_up(self, num_envs: int) -> int:
        return 1024

    def start(self, program: Program, num_envs: int, round: int, steps_per_iteration: int) -> Running:
        child = self.tiny(
            f"{program.value}-{round}",
            own_time=program.render_mode is not None,
            seconds=self.seconds,
            undisturbed=0.0,
            status=self.statuses.get(program, 0),
            interrupted=self.interrupted,
        )
        self.children.append(child)

        def measure() -> tuple[Measurement, str]:
            if child.finished.status:
                raise UserError(f"{program.value}: {child.last_words()}")
            return Measurement(program, round, 1.0, 1.0, child.finished.peak_memory), ""

        return Running(child, child.output.parent, lambda: b"first" in child.output.read_bytes(), measure)


def test_a_viewer_that_fails_is_a_note_and_not_tried_again(tiny, capfd) -> None:
    runner = RunnerDouble(tiny, {Program.VIEWER: 3})
    rounds = Rounds(runner, 64, Progress(9, 8))
    rounds.run()
    assert rounds.notes == {Program.VIEWER: "failed: viewer: It failed."}
    assert sorted((one.round, one.program.value) for one in rounds.measurements) == [
        *((0, "headless"), (0, "no"), (1, "headless"), (1, "no")),
    ]
    assert len(runner.children) == 5
    told = capfd.readouterr().err.splitlines()
    assert told[1].startswith("[2/9] 64 environments, round 1 of 2: isaaclab train starts, about 0 s left")
    assert told[4].startswith(f"[5/9] 64 environments, round 1 of 2: all take turns of {TURN} s")


@pytest.mark.parametrize("program", [Program.HEADLESS, Program.VIEWER])
def test_a_command_that_fails_is_named(tiny, program) -> None:
    child = tiny("failing", own_time=False, seconds=0.1, status=1)
    child.wait()
    with pytest.raises(UserError, match=f"^{program.label} failed with exit status 1: It failed"):
        readings.command_run_dir(child, child.output.parent, "rsl_rl", program)


def test_what_ends_a_round_leaves_no_process_behind(tiny) -> None:
    failing = RunnerDouble(tiny, {Program.NO_RENDERING: 3})
    with pytest.raises(UserError, match="no: It failed"):
        Rounds(failing, 64, Progress(9, 8)).run()
    assert len(failing.children) == 3
    assert all(gone(child.process.pid) for child in failing.children)


def test_ctrl_c_leaves_no_process_behind(tiny) -> None:
    taking_turns = 0

    def interrupted() -> bool:
        nonlocal taking_turns
        taking_turns += len(runner.children) == 3 and all(child.stops.stopped for child in runner.children[:2])
        return taking_turns > 3

    runner = RunnerDouble(tiny, {}, 60.0, interrupted)
    with pytest.raises(KeyboardInterrupt):
        Rounds(runner, 64, Progress(9, 8)).run()
    assert any(child.stops.stopped for child in runner.children)
    assert all(gone(child.process.pid) for child in runner.children)
