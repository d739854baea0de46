# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes the scalars of a training to a TensorBoard event file and to the metrics that the panel shows."""

from __future__ import annotations

import io
import os
import socket
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from ..metrics import Metrics, canonical_tag
from .formats import step_unit_of

HoldAndRetry = Callable[[BaseException, str], bool]
"""Waits because something could not be written, and returns whether to try again.

See :meth:`.checkpoint_writer.CheckpointWriter.hold_and_retry`.
"""


def add_metric(metrics: Metrics, tag: str, value: float, step: int | None, library: str = "") -> None:
    """Adds a scalar that a library logs to the metrics.

    Args:
        metrics: Gets the scalar.
        tag: Its name.
        value: Its value.
        step: The library's counter.
        library: Isaac Lab's name of a library with several counters, which tells by the tag which one this is.
    """
    metrics.add(canonical_tag(tag), value, step or 0, step_unit_of(tag, library) if library else None)


class ScalarWriter:
    """Writes scalars to a new event file, and adds them to the metrics.

    Scalars of the same step become one event when :meth:`flush` is called, at the end of an iteration. One event for
    each scalar would be most of what logging costs.

    Args:
        folder: Folder of the event file, which exists.
        metrics: Gets each scalar at once.
        hold_and_retry: Called when the event file cannot be written.
        library: See :func:`add_metric`.
    """

    def __init__(self, folder: Path, metrics: Metrics, hold_and_retry: HoldAndRetry, library: str = "") -> None:
        self._file, self._metrics, self._library = EventFile(folder, hold_and_retry), metrics, library
        self._unwritten: dict[int, list[Summary.Value]] = {}

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Adds a scalar, which may be a tensor with one element."""
        value = float(scalar_value)  # copies from the GPU only once
        add_metric(self._metrics, tag, value, global_step, self._library)
        self._unwritten.setdefault(global_step, []).append(Summary.Value(tag=tag, simple_value=value))

    def flush(self) -> None:
        """Writes the scalars that were added since the last call.

        Raises:
            OSError: When the file cannot be written and the run does not wait; the next call tries again.
        """
        while self._unwritten:
            step, values = next(iter(self._unwritten.items()))
            self._file.add(Event(wall_time=time.time(), step=int(step), summary=Summary(value=values)))
            del self._unwritten[step]

    def close(self) -> None:
        """Writes the remaining scalars. Raises as :meth:`flush`."""
        self.flush()


class EventFile:
    """Appends events to a new event file, each one whole, and waits while that cannot be done.

    TensorBoard's own writer hands its events to a thread. The thread interrupts the training dozens of times in each
    iteration, which takes longer than writing. When the disk is full it ends, and its events are lost.

    Args:
        folder: Folder of the file, which exists.
        hold_and_retry: Called when the file cannot be written.
    """

    def __init__(self, folder: Path, hold_and_retry: HoldAndRetry) -> None:
        self._hold_and_retry = hold_and_retry
        self._header = _record(Event(wall_time=time.time(), file_version="brain.Event:2"))
        names = (f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{number}" for number in count())
        paths = (folder / f"events.out.tfevents.{name}" for name in names)
        self._path = next(path for path in paths if not path.exists())
        self._write(b"")

    def add(self, event: Event) -> None:
        """Appends an event.

        Raises:
            OSError: When it cannot be written and the run does not wait; the file is then as it was before.
        """
        self._write(_record(event))

    def _write(self, record: bytes) -> None:
        while True:
            try:
                return self._append(record)
            except OSError as error:
                if not self._hold_and_retry(error, "the curves"):
                    raise

    def _append(self, record: bytes) -> None:
        # opened each time, as TensorBoard does: between two events a disk can be unmounted
        with self._path.open("ab", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            try:
                rest = memoryview(record if end else self._header + record)
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                # readers stop at an incomplete record
                file.truncate(end)
                raise


def _record(event: Event) -> bytes:
    """An event as it is stored in an event file."""
    buffer = io.BytesIO()
    RecordWriter(buffer).write(event.SerializeToString())
    return buffer.getvalue()
