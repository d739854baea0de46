# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""An event file of TensorBoard's, written by whoever logs rather than by a thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter

HoldAndRetry = Callable[[BaseException, str], bool]
"""Waits because something could not be written, and returns whether to try again.

See :meth:`.checkpoint_writer.CheckpointWriter.hold_and_retry`.
"""


class EventFile:
    """Appends events to a file, each at once and whole, and waits while that cannot be done.

    It stands in the place of TensorBoard's ``EventFileWriter``, whose methods it has. That one hands its events to a
    thread, which has to take Python's lock from the training for each little piece of its work, dozens of times an
    iteration: writing them takes less time than being interrupted. The thread also dies of a full disk, with what it
    was about to write.

    Args:
        path: The file; its events are whole.
        hold_and_retry: Told of the errors.
    """

    def __init__(self, path: Path, hold_and_retry: HoldAndRetry) -> None:
        self._path, self._hold_and_retry = path, hold_and_retry
        self._records = RecordWriter(self)

    @classmethod
    def take_over(cls, writer: SummaryWriter, hold_and_retry: HoldAndRetry) -> None:
        """Goes on in the file that a writer of torch's has begun."""
        writer.file_writer.close()
        path = max(Path(writer.log_dir).glob("events.out.tfevents.*"), key=lambda each: each.stat().st_mtime_ns)
        writer.file_writer.event_writer = cls(path, hold_and_retry)

    def get_logdir(self) -> str:
        """The folder in which the file lies."""
        return str(self._path.parent)

    def add_event(self, event: Any) -> None:
        """Writes an ``Event``.

        Raises:
            OSError: When it cannot be written and nobody waits; the file is as it was before.
        """
        self._records.write(event.SerializeToString())

    def write(self, record: bytes) -> None:
        """Appends a whole record, for TensorBoard's ``RecordWriter``; otherwise as :meth:`add_event`."""
        while True:
            try:
                return self._append(record)
            except OSError as error:
                if not self._hold_and_retry(error, "the curves"):
                    raise

    def flush(self) -> None:
        """Nothing is left to write."""

    def close(self) -> None:
        """Nothing is left open."""

    def _append(self, record: bytes) -> None:
        # opened each time, as TensorBoard does: between two events a disk can be unmounted
        with self._path.open("ab", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            try:
                rest = memoryview(record)
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                # what comes behind half a record would never be read
                file.truncate(end)
                raise
