# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Small file systems, which a test can fill."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.system.disk import free_bytes


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Yields a new folder on a file system of 4 MB; skips the test where none can be mounted."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Filler:
    """Fills a disk but for some bytes, and frees it the second time that a run is held."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "filler"
        self.said: list[str] = []

    def fill(self, but_for: int) -> None:
        size = free_bytes(self.file.parent) - but_for
        with self.file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def hold(self, why: str) -> None:
        self.said.append(why)
        assert len(self.said) < 10, self.said
        if len(self.said) == 2:
            self.file.unlink()
