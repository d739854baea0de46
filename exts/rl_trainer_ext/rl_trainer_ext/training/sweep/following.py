# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Follows the sweeps of a log root by their files, whichever program runs them, one file at a call."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from .files import read_spec
from .spec import SweepSpec
from .trials import SPEC, STATE, SweepView, list_sweeps, read_view

INTERVAL = 1.0
"""Seconds between two looks at the files: the program that runs a sweep writes its state as often."""

_Signature = tuple[int, int]


@dataclass(frozen=True)
class KnownSweep:
    """A sweep of the log root.

    Args:
        folder: Its folder.
        view: How it stands; None when its state cannot be read.
        spec: What it is to do; None when that cannot be read.
    """

    folder: Path
    view: SweepView | None
    spec: SweepSpec | None


class SweepList:
    """The sweeps of a log root, the newest first.

    Args:
        log_root: The log root.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(self, log_root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.log_root = log_root.expanduser().absolute()
        self.sweeps: tuple[KnownSweep, ...] = ()
        """Those that have been read."""
        self.complete = False
        """Whether all have been read once."""
        self._clock = clock
        self._looked = -math.inf
        self._signatures: dict[Path, _Signature] = {}
        self._known: dict[Path, KnownSweep] = {}
        self._changed: list[Path] = []

    def update(self) -> bool:
        """Reads at most one file. Called once a frame while the sweeps are shown.

        Returns:
            Whether :attr:`sweeps` has changed.
        """
        now = self._clock()
        changed = False
        if not self._changed and now - self._looked >= INTERVAL:
            self._looked = now
            changed = self._look()
        if self._changed:
            changed |= self._read(self._changed.pop(0))
        if not self._changed:
            self.complete = True
        if changed:
            self.sweeps = tuple(self._known[folder] for folder in self._signatures if folder in self._known)
        return changed

    def look_again(self) -> None:
        """Has the next :meth:`update` look at the files."""
        self._looked = -math.inf

    def _look(self) -> bool:
        """Notes whose files have changed; returns whether a sweep is gone."""
        found = {folder: _signature(folder / STATE) for folder in list_sweeps(self.log_root)}
        for folder, signature in found.items():
            known = self._known.get(folder)
            # one that runs is read again: its process may have been killed
            runs = known is not None and known.view is not None and known.view.active
            if known is None or runs or signature != self._signatures.get(folder):
                self._changed.append(folder)
        gone = [folder for folder in self._known if folder not in found]
        for folder in gone:
            del self._known[folder]
        self._signatures = found
        return bool(gone)

    def _read(self, folder: Path) -> bool:
        before = self._known.get(folder)
        view = read_view(folder)
        spec = None if before is None else before.spec
        if before is None:
            with contextlib.suppress(UserError):  # of another version, or damaged: its trials can be shown
                spec, _ = read_spec(folder / SPEC)
        if before is not None and before.view == view:
            return False
        self._known[folder] = KnownSweep(folder, view, spec)
        return True


def _signature(path: Path) -> _Signature:
    try:
        status = path.stat()
    except OSError:  # it has just been deleted
        return 0, 0
    return status.st_mtime_ns, status.st_size
