# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a blocking function in slices of the frame loop, on the frame loop's own thread.

The function runs in a greenlet. When it calls :func:`turn` and its slice is used up, the thread switches back to the
host, which switches to the function again in its next frame. ``learn()`` of an RL library so keeps its order of
operations, whatever is drawn in between, and needs no thread, queue or lock.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from greenlet import getcurrent, greenlet

_STEP_SMOOTHING = 0.2
"""Weight of the newest step in the expected length of a step."""


class TaskStopped(BaseException):
    """Raised in a task at the point where it waits, after :meth:`CooperativeTask.stop`.

    It is a BaseException, as :class:`GeneratorExit` is, so that no ``except Exception`` of a library catches it.
    """


class CooperativeTask:
    """Runs one blocking function in slices.

    Args:
        function: What to run. It runs on the thread that calls :meth:`run_slice`.
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._greenlet = _TaskGreenlet(self._run)
        self._greenlet.task = self
        self._greenlet.gr_context = contextvars.copy_context()
        self._host: greenlet | None = None
        self._host_modes: tuple[bool, bool] | None = None
        self._deadline = 0.0
        self._slice = self._last_turn = self._step = 0.0
        self._stop_requested = False
        self._stop_delivered = False
        self.exception: BaseException | None = None
        """The exception that ended the function; None while it runs, and after its return or :meth:`stop`."""
        self.stopped = False
        """Whether :meth:`stop` ended the function."""
        self.idle_until = 0.0
        """While the task sleeps: when it has work again, on the clock of :func:`time.perf_counter` [s]; else 0."""

    @property
    def finished(self) -> bool:
        """Whether the function has ended, for any reason."""
        return self._greenlet.dead

    def run_slice(self, seconds: float) -> bool:
        """Runs the function for one slice. To be called from one place of the host's frame, never from a callback.

        Args:
            seconds: Length of the slice. It ends at the :func:`turn` that is expected to be nearest to this time.

        Returns:
            Whether the function has ended.

        Raises:
            RuntimeError: When called inside a task: frames of the host must not be nested.
        """
        if _current_task() is not None:
            raise RuntimeError("A slice can only be run from the host's frame, not from inside a task.")
        if self.finished:
            return True
        self._host = self._greenlet.parent = getcurrent()
        self._host_modes = _torch_modes()
        now = time.perf_counter()
        self._slice, self._deadline, self._last_turn = seconds, now + seconds, now
        if self._stop_requested and not self._greenlet:
            # it was never started, so there is nothing to unwind
            self.stopped = self._stop_delivered = True
            self._function = _nothing
        self._greenlet.switch()
        return self.finished

    def stop(self) -> None:
        """Makes the next :meth:`run_slice` raise :class:`TaskStopped` in the function, at the point where it waits.

        Its ``finally`` blocks may take further slices.
        """
        self._stop_requested = True

    def unwind(self, between: Callable[[], None] | None = None) -> None:
        """Stops the function and waits for its end, for a host that is about to end itself.

        A waiting task that is dropped instead is never collected, because its stack refers to it.

        Args:
            between: Called whenever the function waits for a frame meanwhile.
        """
        self.stop()
        while not self.run_slice(float("inf")):
            if between is not None:
                between()

    def _run(self) -> None:
        try:
            _call_on_large_stack_chunk(self._function)
        except TaskStopped:
            self.stopped = True
        except BaseException as exception:
            self.exception = exception
        finally:
            # what the function refers to, such as an environment, must not live as long as this object
            self._function = _nothing

    def _wait(self) -> None:
        """Switches to the host, until its next :meth:`run_slice`. Called inside the task."""
        assert self._host is not None
        with _torch_modes_set(self._host_modes):
            self._host.switch()
        if self._stop_requested and not self._stop_delivered:
            self._stop_delivered = True
            raise TaskStopped

    def _due(self) -> bool:
        """Returns whether the slice ends with this step. Called at each :func:`turn`."""
        now = time.perf_counter()
        # the creation of an environment says nothing about the length of its steps
        self._step += _STEP_SMOOTHING * (min(now - self._last_turn, self._slice) - self._step)
        self._last_turn = now
        # the step nearest to the deadline ends the slice, which keeps frames regular
        return now >= self._deadline - self._step / 2


class _TaskGreenlet(greenlet):
    task: CooperativeTask


def _call_on_large_stack_chunk(function: Callable[[], None]) -> None:
    function()


# Python stores its frames in chunks of 16 KiB, and each greenlet starts a new one. Python 3.12 specialises no calls
# into the next chunk, and allocates and frees that chunk each time: a training whose inner loops are at just that depth
# is a third slower (https://github.com/python/cpython/issues/142183). This frame of 129 KiB gets a chunk of 256 KiB,
# which has room for the frames of all calls below it. Python 3.13 does not need this.
_FRAME_SLOTS = 16_500
_call_on_large_stack_chunk.__code__ = _call_on_large_stack_chunk.__code__.replace(co_stacksize=_FRAME_SLOTS)


def turn(*_: Any) -> None:
    """Waits for the host's next frame, inside a task whose slice is used up; does nothing elsewhere.

    Ignores its arguments, so that it can be registered as a hook.
    """
    task = _current_task()
    if task is not None and task._due():
        task._wait()


def next_frame() -> None:
    """Waits for the host's next frame, inside a task; does nothing elsewhere."""
    task = _current_task()
    if task is not None:
        task._wait()


def in_task() -> bool:
    """Returns whether the caller runs inside a task."""
    return _current_task() is not None


def sleep_until(moment: float) -> None:
    """Waits until ``moment``, a value of :func:`time.perf_counter` [s]: frame by frame inside a task, else blocking."""
    task = _current_task()
    if task is None:
        time.sleep(max(0.0, moment - time.perf_counter()))
        return
    try:
        while time.perf_counter() < moment:
            task.idle_until = moment
            task._wait()
    finally:
        task.idle_until = 0.0


@contextlib.contextmanager
def turns_after_optimizer_steps() -> Iterator[None]:
    """Calls :func:`turn` after every optimizer step of torch, inside the block."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    handle = register_optimizer_step_post_hook(turn)
    try:
        yield
    finally:
        handle.remove()


def _current_task() -> CooperativeTask | None:
    # a greenlet that a library starts inside a task has no such attribute, and takes no turns
    return getattr(getcurrent(), "task", None)


def _nothing() -> None:
    pass


def _torch_modes() -> tuple[bool, bool] | None:
    """Returns inference and gradient mode of this thread; None before torch is imported."""
    torch = cast(Any, sys.modules.get("torch"))
    # while a task is importing torch, it has no modes yet
    if torch is None or not hasattr(torch, "is_grad_enabled") or not hasattr(torch, "inference_mode"):
        return None
    return torch.is_inference_mode_enabled(), torch.is_grad_enabled()


@contextlib.contextmanager
def _torch_modes_set(modes: tuple[bool, bool] | None) -> Iterator[None]:
    """Sets torch's modes inside the block.

    RSL-RL waits inside ``torch.inference_mode()``, which is a mode of the thread that it shares with the host.
    """
    if modes is None or modes == _torch_modes():
        yield
        return
    import torch

    inference, gradients = modes
    with torch.inference_mode(inference), torch.set_grad_enabled(gradients):
        yield
