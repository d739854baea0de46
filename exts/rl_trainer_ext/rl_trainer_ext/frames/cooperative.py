# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A blocking function, run in slices of the frame loop, on the frame loop's own thread.

The function runs in a greenlet. Wherever it calls :func:`turn` it gives the thread back once its slice is used up, and
goes on from there when the host resumes it at its next frame. So ``learn()`` of an RL library keeps its order of
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
"""Weight of the newest step in the time that one is expected to take."""


class TaskStopped(BaseException):
    """Raised at the point where a task waits when it has been asked to stop.

    Like :class:`GeneratorExit` it is no error, and no ``except Exception`` of a library may eat it.
    """


class CooperativeTask:
    """One blocking function and where it stands.

    Args:
        function: What to run. It runs on the thread that calls :meth:`run_slice`, so it may use whatever belongs to it.
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
        """What ended the function, other than its return or :meth:`stop`."""
        self.stopped = False
        """Whether the function was ended by :meth:`stop`."""
        self.idle_until = 0.0
        """While the task sleeps: the :func:`time.perf_counter` value at which it has something to do again [s]."""

    @property
    def finished(self) -> bool:
        """Whether the function has ended, in whichever way."""
        return self._greenlet.dead

    def run_slice(self, seconds: float) -> bool:
        """Runs the function for a slice. To be called from one place of the host's frame, never from a callback of it.

        Args:
            seconds: Length of the slice; the function is asked at each :func:`turn`, and ends it with the one that is
                expected to be the nearest to its end.

        Returns:
            Whether the function has ended.

        Raises:
            RuntimeError: When called from inside a task: the host's frame must not be nested.
        """
        if _current_task() is not None:
            raise RuntimeError("A task can only be resumed from the host's frame, not from inside a task.")
        if self.finished:
            return True
        self._host = self._greenlet.parent = getcurrent()
        self._host_modes = _torch_modes()
        now = time.perf_counter()
        self._slice, self._deadline, self._last_turn = seconds, now + seconds, now
        if self._stop_requested and not self._greenlet:
            # it never began: there is nothing to unwind
            self.stopped = self._stop_delivered = True
            self._function = _nothing
        self._greenlet.switch()
        return self.finished

    def stop(self) -> None:
        """Asks the function to end: :class:`TaskStopped` is raised where it waits when it is next resumed.

        What it then does in its ``finally`` blocks may take further slices.
        """
        self._stop_requested = True

    def unwind(self, between: Callable[[], None] | None = None) -> None:
        """Stops the function and waits for its end. For a host whose own frames will not come to it any more.

        A task that merely is forgotten while it waits is never collected: its stack holds on to itself.

        Args:
            between: Called whenever the function waits for a frame on its way to the end.
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
            # whatever the function holds on to, an environment say, must not live as long as this object
            self._function = _nothing

    def _wait(self) -> None:
        """Gives the thread to the host until it resumes this task. Called inside the task."""
        assert self._host is not None
        with _torch_modes_set(self._host_modes):
            self._host.switch()
        if self._stop_requested and not self._stop_delivered:
            self._stop_delivered = True
            raise TaskStopped

    def _due(self) -> bool:
        """Whether the slice is used up, as far as whole steps can; called at each :func:`turn`."""
        now = time.perf_counter()
        # the creation of an environment says nothing about its steps
        self._step += _STEP_SMOOTHING * (min(now - self._last_turn, self._slice) - self._step)
        self._last_turn = now
        # ending with the step before the end or the one after it, whichever is nearer, keeps frames regular
        return now >= self._deadline - self._step / 2


class _TaskGreenlet(greenlet):
    task: CooperativeTask


def _call_on_large_stack_chunk(function: Callable[[], None]) -> None:
    function()


# Python's frames lie in chunks of 16 KiB, and each greenlet begins a new one. Calls from one chunk into the next are
# not specialised, and in Python 3.12 each gets its memory from the operating system and gives it back: a training whose
# inner loops lie at just that depth is a third slower (https://github.com/python/cpython/issues/142183). This one frame
# of 129 KiB gets a chunk of 256 KiB, in which there is room for all that is called.
_FRAME_SLOTS = 16_500
_call_on_large_stack_chunk.__code__ = _call_on_large_stack_chunk.__code__.replace(co_stacksize=_FRAME_SLOTS)


def turn(*_: Any) -> None:
    """Inside a task whose slice is used up: waits for the host's next frame. Elsewhere: nothing.

    Takes and ignores arguments, so that it can be registered as a hook.
    """
    task = _current_task()
    if task is not None and task._due():
        task._wait()


def next_frame() -> None:
    """Inside a task: waits for the host's next frame, in any case. Elsewhere: nothing."""
    task = _current_task()
    if task is not None:
        task._wait()


def in_task() -> bool:
    """Whether the caller runs inside a task."""
    return _current_task() is not None


def sleep_until(moment: float) -> None:
    """Inside a task: waits, frame by frame, until ``moment``, a value of :func:`time.perf_counter` [s].

    Outside of one it blocks.
    """
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
    """While active, every optimizer step of torch is followed by a :func:`turn`."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    handle = register_optimizer_step_post_hook(turn)
    try:
        yield
    finally:
        handle.remove()


def _current_task() -> CooperativeTask | None:
    # a class check would miss a greenlet that a library starts inside a task; its turn is not ours to take
    return getattr(getcurrent(), "task", None)


def _nothing() -> None:
    pass


def _torch_modes() -> tuple[bool, bool] | None:
    """Inference and gradient mode of this thread, or None as long as torch is not imported."""
    torch = cast(Any, sys.modules.get("torch"))
    # a half-imported torch, when the task that imports it waits, has no modes yet
    if torch is None or not hasattr(torch, "is_grad_enabled") or not hasattr(torch, "inference_mode"):
        return None
    return torch.is_inference_mode_enabled(), torch.is_grad_enabled()


@contextlib.contextmanager
def _torch_modes_set(modes: tuple[bool, bool] | None) -> Iterator[None]:
    """Gives the host its own torch modes while the task waits inside some of its own.

    RSL-RL waits inside ``torch.inference_mode()``; these modes belong to the thread, which host and task share.
    """
    if modes is None or modes == _torch_modes():
        yield
        return
    import torch

    inference, gradients = modes
    with torch.inference_mode(inference), torch.set_grad_enabled(gradients):
        yield
