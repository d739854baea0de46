# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the scalars of a run from its TensorBoard files, in slices of time."""

from __future__ import annotations

import functools
import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from ..learners.formats import step_unit_of
from . import cache
from .cache import Loading, Signature
from .records import RecordFile
from .series import Metrics, Series, canonical_tag

EVENT_FILES = "*tfevents*"

CACHED_FROM = 20_000
"""Runs with fewer points are not cached, because reading them is fast."""

STABLE_AFTER = 60.0
"""A run whose files have not changed for this long counts as ended, and is cached [s]."""

_VALUES_BETWEEN_LOOKS_AT_THE_CLOCK = 32


class EventReader:
    """Follows the event files of one run of any library.

    Each call of :meth:`read` reads more, also of a training that is running. The files are read in the order of
    their creation; Stable-Baselines3 has its file in a folder of its own. A record that is cut off is read when the
    rest has been written; a damaged file is read up to the damage.

    A million points take a few seconds to read. The points of a long run that has ended are therefore cached in the
    user's cache directory.

    Args:
        run_dir: The run's directory.
        cache_dir: The cache directory; None for the user's cache directory.
        clock: Seconds, as ``time.perf_counter``.
        library: Isaac Lab's name of the library that trains; empty if unknown.
    """

    def __init__(
        self,
        run_dir: Path,
        cache_dir: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
        library: str = "",
    ) -> None:
        self.run_dir, self._library = run_dir, library
        self._clock = clock
        self._cache_file = cache.cache_file(run_dir, cache_dir)
        self._forget()
        self._loading: Loading | None = None
        self._saving: Iterator[None] | None = None
        self._cache_wanted = True
        self._unreachable = ""
        self.ended = False
        """True after the run has ended: its points are cached without waiting for :data:`STABLE_AFTER`."""

    @property
    def problem(self) -> str:
        """Why files cannot be read, in one sentence; empty if all can."""
        return self._unreachable or next((file.problem for file in self._files.values() if file.problem), "")

    def _forget(self) -> None:
        self.metrics = Metrics()
        """All scalars that have been read, by their common tags; a new object if a file was replaced."""
        self.started: float | None = None
        """When the first file was created [s since the epoch]; None before anything was read."""
        self._files: dict[Path, _EventFile] = {}
        self._points = self._ordered_version = 0
        self._unordered: Iterator[Series] = iter(())

    def read(self, seconds: float = math.inf) -> bool:
        """Reads new points.

        Args:
            seconds: About the longest time to read [s].

        Returns:
            Whether everything that existed at the start of the call has been read and cached.
        """
        deadline = self._clock() + seconds
        if self._saving is not None:
            return self._write_cache(self._saving, deadline)
        if self._loading is None:
            signature = self._look()
            if self._cache_wanted and signature:
                self._cache_wanted = False
                self._loading = Loading.open(self._cache_file, signature)
        if self._loading is not None and not self._load(self._loading, deadline):
            return False
        if not all(self._follow(file, deadline) for file in self._files.values()):
            return False
        return self._ordered(deadline) and self._cache_if_finished(deadline)

    def _look(self) -> Signature:
        """Finds new files and the sizes of all files."""
        found: dict[Path, tuple[int, int]] = {}
        try:
            for path in event_files(self.run_dir):
                status = path.stat()
                found[path] = status.st_size, status.st_mtime_ns
        except OSError as error:
            self._unreachable = f"{self.run_dir} cannot be read ({error.strerror}): check that it is still there."
            return ()
        self._unreachable = ""
        if any(file.is_other(found.get(path)) for path, file in self._files.items()):
            self._forget()
        for path, (size, modified) in found.items():
            file = self._files.setdefault(path, _EventFile(path))
            file.size, file.modified = size, modified
        # a file that is found later may have been created earlier
        self._files = {path: self._files[path] for path in found}
        return tuple((str(path.relative_to(self.run_dir)), size, modified) for path, (size, modified) in found.items())

    def _follow(self, file: _EventFile, deadline: float) -> bool:
        if file.read_size == file.size or self._unreachable:
            return True
        try:
            for count, (tag, value, step, wall_time) in enumerate(file.values(), 1):
                if self.started is None:
                    self.started = wall_time
                if tag:
                    name, unit = _named(tag, self._library)
                    self.metrics.add(name, value, step, unit, wall_time)
                    self._points += 1
                if not count % _VALUES_BETWEEN_LOOKS_AT_THE_CLOCK and self._clock() > deadline:
                    return False
        except _unreadable() as error:
            file.problem = f"{file.path} cannot be read ({_reason(error)}): check that it is there and may be read."
        else:
            file.problem = ""
        file.read_size = file.size
        return True

    def _load(self, loading: Loading, deadline: float) -> bool:
        for tag, unit, points in loading.series:
            self.metrics.extend(tag, points["step"], points["value"], points["wall_time"], unit)
            if self._clock() > deadline:
                return False
        self._loading = None
        if loading.whole:
            self.started, self._points = loading.started, self.metrics.version
            for file in self._files.values():
                file.read_size, file.cached = file.size, True
        else:  # the cache is damaged: read the event files
            self.metrics = Metrics()
        return True

    def _ordered(self, deadline: float) -> bool:
        """Finds the last points of series that several writers filled; returns whether all are known."""
        for series in self._unordered:
            series.order()
            if self._clock() > deadline:
                return False
        if self.metrics.version != self._ordered_version:
            self._ordered_version = self.metrics.version
            self._unordered = iter([series for series in self.metrics if not series.in_order])
            return self._ordered(deadline)
        return True

    def _cache_if_finished(self, deadline: float) -> bool:
        """Caches the points of a long run that has ended; returns whether nothing is left to cache."""
        files = self._files.values()
        if self.problem or self._points < CACHED_FROM or all(file.cached for file in files):
            return True
        if not self.ended and time.time() - max(file.modified for file in files) / 1e9 < STABLE_AFTER:
            return True
        for file in files:
            file.cached = True
        signature = tuple((str(file.path.relative_to(self.run_dir)), file.size, file.modified) for file in files)
        self._saving = cache.save(self._cache_file, signature, self.started, self.metrics)
        return self._write_cache(self._saving, deadline)

    def _write_cache(self, saving: Iterator[None], deadline: float) -> bool:
        for _ in saving:
            if self._clock() > deadline:
                return False
        self._saving = None
        return True


class EventReaders:
    """Hands out one reader for each run, so that the files of a run are read once for all its views.

    Args:
        cache_dir: The cache directory; None for the user's.
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._readers: WeakValueDictionary[Path, EventReader] = WeakValueDictionary()

    def of(self, run_dir: Path, library: str) -> EventReader:
        """Returns the reader of a run of a library. It is freed with its points when no caller holds it any more."""
        reader = self._readers.get(run_dir)
        if reader is None:
            reader = self._readers[run_dir] = EventReader(run_dir, self._cache_dir, library=library)
        return reader


class _EventFile:
    """One event file, and how much of it has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = self.modified = 0
        """The size [bytes] and the last change [ns] at the last check."""
        self.read_size = -1
        """The size when the file was last read to its end."""
        self.cached = False
        """Whether its points are in the cache, or are being written there."""
        self.problem = ""
        self._records: RecordFile | None = None
        self._begun_event: Iterator[tuple[str, float, int, float]] = iter(())

    def is_other(self, status: tuple[int, int] | None) -> bool:
        """Returns whether another file has its path now; the argument is its size and last change, None for no file."""
        if status is None or status[0] < self.size:
            return True
        # points from the cache cannot be continued: the cache does not have the end of the last record
        return self.cached and self._records is None and status != (self.size, self.modified)

    def values(self) -> Iterator[tuple[str, float, int, float]]:
        """Yields tag, value, step and wall time [s] of each new scalar; the tag is empty for an event without scalars.

        An event may have thousands of values. If the caller stops within one, the next call continues there.
        """
        # the import takes a tenth of a second
        from tensorboard.compat.proto.event_pb2 import Event

        if self._records is None:
            self._records = RecordFile(self.path)
        # "yield from" would drop the remaining values of an event when the caller stops
        for each in self._begun_event:
            yield each
        for record in self._records.records():
            self._begun_event = _scalars(Event.FromString(record))
            for each in self._begun_event:
                yield each


def event_files(run_dir: Path) -> list[Path]:
    """Returns the event files of a run in the order of their creation.

    Raises:
        OSError: When the directory cannot be read.
    """
    run_dir.stat()  # glob finds nothing in a missing directory, without an error
    found = [*run_dir.glob(EVENT_FILES), *run_dir.glob(f"[!.]*/{EVENT_FILES}")]
    return sorted((path for path in found if path.is_file()), key=_begun)


def _begun(path: Path) -> list[str | int]:
    """Returns the sort key of an event file: events.out.tfevents.<seconds>.<host>.<process>.<number in the process>."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", path.name.partition("tfevents")[2])]


def _scalars(event: Any) -> Iterator[tuple[str, float, int, float]]:
    """Yields the scalars of an event, in the old format (PyTorch) or the new one (TensorFlow 2)."""
    step, wall_time = event.step, event.wall_time
    if not event.summary.value:
        yield "", 0.0, step, wall_time
    for value in event.summary.value:
        kind = value.WhichOneof("value")
        if kind == "simple_value":
            yield value.tag, value.simple_value, step, wall_time
        elif kind == "tensor" and value.metadata.plugin_data.plugin_name == "scalars":
            from tensorboard.util import tensor_util

            yield value.tag, float(tensor_util.make_ndarray(value.tensor)), step, wall_time


def _unreadable() -> tuple[type[Exception], ...]:
    """Returns the exceptions for a file that cannot be read or has other content than events."""
    from google.protobuf.message import DecodeError

    return OSError, DecodeError


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@functools.lru_cache(2**16)
def _named(tag: str, library: str) -> tuple[str, str]:
    """Returns the common tag of a scalar, and what its steps count."""
    return canonical_tag(tag), step_unit_of(tag, library)
