# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Caches the points of a run in the user's cache directory: a NumPy archive, written and read a block at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import platformdirs

from .series import Metrics, Series

LIMIT = 512 * 2**20
"""The largest size of the cache [bytes]; the oldest files are deleted first."""

Signature = tuple[tuple[str, int, int], ...]
"""The name, the size [bytes] and the last change [ns] of each event file that a cached run was read from."""

POINT = np.dtype([("step", np.float64), ("wall_time", np.float64), ("value", np.float32)])
"""The type of a cached point; event files have values of 32 bits too."""

BLOCK_POINTS, BLOCK_SERIES = 2**16, 512
"""A block of whole series ends when it has this many points, or this many series."""

_VERSION = 2
_HEAD = "head.json"


def cache_file(run_dir: Path, cache_dir: Path | None = None) -> Path:
    """Returns the cache file of a run; None stands for the user's cache directory."""
    folder = cache_dir or Path(platformdirs.user_cache_dir("rl_trainer")) / "curves"
    return folder / f"{hashlib.sha256(os.fsencode(run_dir.absolute())).hexdigest()[:32]}.npz"


class Loading:
    """Reads a cached run; :meth:`open` creates it."""

    def __init__(self, archive: zipfile.ZipFile, head: dict) -> None:
        self._archive = archive
        self._blocks: int = head["blocks"]
        self.started: float | None = head["started"]
        self.whole = False
        """Whether everything was read without damage."""
        self.series: Iterator[tuple[str, str, np.ndarray]] = self._read()
        """The tag, the unit of the steps and the points, of shape (n,), of each remaining series."""

    @classmethod
    def open(cls, path: Path, signature: Signature) -> Loading | None:
        """Opens the cache of exactly these event files; None if there is none."""
        with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
            archive = zipfile.ZipFile(path)
            head = json.loads(archive.read(_HEAD))
            if signature and head["version"] == _VERSION and head["files"] == [list(file) for file in signature]:
                os.utime(path)
                return cls(archive, head)
            archive.close()
        return None

    def _read(self) -> Iterator[tuple[str, str, np.ndarray]]:
        try:
            for number in range(self._blocks):
                block = json.loads(self._archive.read(f"{number}.json"))
                with self._archive.open(f"{number}.npy") as member:
                    points: np.ndarray = np.lib.format.read_array(member, allow_pickle=False).astype(POINT, copy=False)
                begin = 0
                for tag, unit, count in block:
                    yield tag, unit, points[begin : begin + count]
                    begin += count
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return  # the event files are read instead
        self._archive.close()
        self.whole = True


def save(path: Path, signature: Signature, started: float | None, metrics: Metrics) -> Iterator[None]:
    """Writes a run into the cache; yields after each block, so that no frame takes long."""
    blocks = list(_blocks(metrics))
    head = {"version": _VERSION, "files": signature, "started": started, "blocks": len(blocks)}
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{id(blocks)}.tmp")
    # without a cache, reading the run again takes longer
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(temporary, "w") as archive:
                archive.writestr(_HEAD, json.dumps(head))
                for number, block in enumerate(blocks):
                    names = [(series.tag, series.step_unit, len(series)) for series in block]
                    archive.writestr(f"{number}.json", json.dumps(names))
                    with archive.open(f"{number}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, _points(block), allow_pickle=False)
                    yield
            os.replace(temporary, path)
            _make_room(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _blocks(metrics: Metrics) -> Iterator[list[Series]]:
    block: list[Series] = []
    points = 0
    for series in metrics:
        block.append(series)
        points += len(series)
        if points >= BLOCK_POINTS or len(block) == BLOCK_SERIES:
            yield block
            block, points = [], 0
    if block:
        yield block


def _points(block: list[Series]) -> np.ndarray:
    points: np.ndarray = np.empty(sum(map(len, block)), POINT)
    begin = 0
    for series in block:
        part = points[begin : begin + len(series)]
        part["step"], part["value"] = series.points()
        part["wall_time"] = series.wall_times()
        begin += len(series)
    return points


def _make_room(folder: Path) -> None:
    for path in folder.glob(".*.tmp"):  # a process ended while it wrote
        if time.time() - path.stat().st_mtime > 24 * 3600:
            path.unlink(missing_ok=True)
    files = sorted(((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*.npz")), reverse=True)
    total = 0
    for _, size, path in files:
        total += size
        if total > LIMIT:
            path.unlink(missing_ok=True)
