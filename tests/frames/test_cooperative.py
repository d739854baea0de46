# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests tasks: slices, separate torch modes, stop and exceptions, and that nothing is left behind."""

from __future__ import annotations

import gc
import resource
import sys
import time
import weakref
from collections.abc import Callable
from types import SimpleNamespace

import greenlet
import pytest
import torch
from rl_trainer_ext.frames import cooperative
from rl_trainer_ext.frames.cooperative import (
    CooperativeTask,
    TaskStopped,
    next_frame,
    sleep_until,
    turn,
    turns_after_optimizer_steps,
)


def run_to_end(task: CooperativeTask, seconds: float = 10.0) -> int:
    """Runs slices until the task has ended; returns their number."""
    for slices in range(1, 10_000):
        if task.run_slice(seconds):
            return slices
    raise AssertionError("the task never ended")


def test_a_slice_ends_when_its_time_is_used_up():
    done = []

    def work():
        for step in range(5):
            done.append(step)
            turn()

    task = CooperativeTask(work)
    task.run_slice(0.0)
    assert done == [0]
    task.run_slice(0.0)
    assert done == [0, 1]
    assert task.run_slice(10.0)
    assert done == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("step", "frame"), [(0.010, 0.030), (0.013, 0.039), (0.0025, 0.0325), (0.100, 0.100)])
def test_a_slice_ends_with_the_step_that_is_nearest_to_its_end(monkeypatch, step, frame):
    clock = SimpleNamespace(now=100.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(cooperative, "time", clock)

    def work():
        clock.now += 4.0  # an environment is created
        while True:
            turn()
            clock.now += step

    task = CooperativeTask(work)
    frames = []
    for _ in range(60):
        before = clock.now
        task.run_slice(0.033)
        frames.append(clock.now - before)
    assert frames[0] == pytest.approx(4.0)
    assert frames[30:] == pytest.approx([frame] * 30)
    task.unwind()


def test_next_frame_waits_even_when_time_is_left():
    done = []

    def work():
        done.append("before")
        next_frame()
        done.append("after")

    task = CooperativeTask(work)
    assert not task.run_slice(10.0)
    assert done == ["before"]
    assert task.run_slice(10.0)
    assert done == ["before", "after"]


def test_a_turn_outside_a_task_does_nothing():
    turn()
    next_frame()
    sleep_until(time.perf_counter() - 1.0)


@pytest.mark.parametrize("host_gradients", [True, False])
def test_torch_modes_are_the_tasks_own(host_gradients):
    seen = []

    def work():
        with torch.inference_mode():
            next_frame()
            seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
        with torch.no_grad():
            next_frame()
            seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
        next_frame()
        seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))

    task = CooperativeTask(work)
    with torch.set_grad_enabled(host_gradients):
        while not task.run_slice(10.0):
            assert not torch.is_inference_mode_enabled()
            assert torch.is_grad_enabled() is host_gradients
            # ordinary tensors: one made under inference mode could not be used for a gradient
            assert not torch.zeros(1).is_inference()
    assert task.exception is None
    assert seen == [(True, False), (False, False), (False, host_gradients)]


def test_a_host_in_inference_mode_does_not_change_the_task():
    def work():
        next_frame()
        weight = torch.ones(1, requires_grad=True)
        (weight * 2).backward()
        assert weight.grad is not None

    task = CooperativeTask(work)
    task.run_slice(10.0)
    run_to_end(task)
    assert task.exception is None


def test_stop_unwinds_from_where_the_task_waits():
    done = []

    def work():
        try:
            while True:
                next_frame()
        except Exception:
            done.append("eaten")
        finally:
            done.append("cleaning")
            next_frame()  # saving may take frames
            done.append("clean")

    task = CooperativeTask(work)
    task.run_slice(10.0)
    task.stop()
    assert done == []  # nothing happens inside the request
    assert not task.run_slice(10.0)
    assert done == ["cleaning"]
    task.stop()  # a second stop does not interrupt the clean-up
    assert task.run_slice(10.0)
    assert done == ["cleaning", "clean"]
    assert task.stopped
    assert task.exception is None


def test_stop_before_the_start_runs_nothing():
    done = []
    task = CooperativeTask(lambda: done.append("ran"))
    task.stop()
    assert task.run_slice(10.0)
    assert task.stopped
    assert done == []


def test_an_exception_is_kept_for_the_host():
    def work():
        next_frame()
        raise RuntimeError("broken")

    task = CooperativeTask(work)
    run_to_end(task)
    assert isinstance(task.exception, RuntimeError)
    assert str(task.exception) == "broken"
    assert not task.stopped


def test_a_slice_cannot_be_run_inside_a_task():
    inner = CooperativeTask(lambda: None)
    outer = CooperativeTask(lambda: inner.run_slice(1.0))
    run_to_end(outer)
    assert isinstance(outer.exception, RuntimeError)
    assert "from the host's frame" in str(outer.exception)
    assert not inner.finished


def test_an_optimizer_step_takes_a_turn_only_inside_the_block():
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)

    def work():
        with turns_after_optimizer_steps():
            for _ in range(3):
                weight.grad = torch.ones(1)
                optimizer.step()
        optimizer.step()

    assert run_to_end(CooperativeTask(work), seconds=0.0) == 4  # three turns and the end
    optimizer.step()  # outside of a task


def test_a_sleeping_task_gives_the_host_its_frames_and_its_wake_up_time():
    moment = time.perf_counter() + 0.05
    task = CooperativeTask(lambda: sleep_until(moment))
    frames = 0
    while not task.run_slice(10.0):
        assert task.idle_until == moment
        frames += 1
    assert frames > 0
    assert time.perf_counter() >= moment
    assert task.idle_until == 0.0


def test_host_and_task_have_separate_context_variables():
    import contextvars

    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("host")
    seen = []

    def work():
        seen.append(variable.get())
        variable.set("task")
        next_frame()
        seen.append(variable.get())

    task = CooperativeTask(work)
    task.run_slice(10.0)
    assert variable.get() == "host"
    task.run_slice(10.0)
    assert seen == ["host", "task"]


def test_nothing_is_left_of_an_ended_task():
    class Thing:
        pass

    def ended(outcome: str) -> tuple[weakref.ref, weakref.ref]:
        thing = Thing()

        def work(held=thing):
            next_frame()
            if outcome == "fails":
                raise ValueError(held)
            next_frame()

        task = CooperativeTask(work)
        task.run_slice(10.0)
        if outcome == "stopped":
            task.stop()
        run_to_end(task)
        return weakref.ref(thing), weakref.ref(task._greenlet)

    for outcome in ("returns", "stopped", "fails"):
        thing, running = ended(outcome)
        gc.collect()
        assert thing() is None, outcome
        assert running() is None, outcome


def test_unwinding_waits_for_the_clean_up():
    done = []

    def work():
        try:
            next_frame()
        finally:
            next_frame()
            done.append("clean")

    task = CooperativeTask(work)
    task.run_slice(10.0)
    task.unwind()
    assert task.finished
    assert task.stopped
    assert done == ["clean"]


def test_task_stopped_is_not_an_ordinary_exception():
    assert not issubclass(TaskStopped, Exception)


def page_faults_at_every_depth(run: Callable[[Callable[[], None]], object], calls: int) -> list[int]:
    """Page faults of this thread while it makes a number of calls, at each depth of calls up to 300."""

    def called(*, a=0, b=0, c=0, d=0, e=0, f=0, g=0, h=0, i=0, j=0) -> int:
        return a  # with a frame larger than that of at_depth, which therefore cannot step over a boundary

    def at_depth(depth: int) -> None:
        if depth:
            at_depth(depth - 1)
            return
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        for _ in range(calls):
            called()
        found.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

    found: list[int] = []
    for depth in range(300):
        run(lambda depth=depth: at_depth(depth))
    assert len(found) == 300
    return found


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python keeps the next chunk of its stack")
def test_no_depth_of_calls_is_slow() -> None:
    """Calls across a boundary of Python's stack would each allocate memory of the operating system."""
    calls = 1000
    assert max(page_faults_at_every_depth(lambda work: greenlet.greenlet(work).switch(), calls)) > calls / 2
    assert max(page_faults_at_every_depth(lambda work: run_to_end(CooperativeTask(work)), calls)) < calls / 2
