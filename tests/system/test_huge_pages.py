# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests that memory moves into huge pages where the system has them, and that nothing happens where it has none."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.system import huge_pages
from rl_trainer_ext.system.huge_pages import collapsible, forgo_huge_pages, huge_page_size, use_huge_pages
from rl_trainer_ext.training.training_session import TrainingSession

MIB = 2**20
SIZE = 2 * MIB


def collapses() -> bool:
    """Returns whether the system has huge pages and a kernel that makes them on demand, 6.1 or newer."""
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return sys.platform == "linux" and huge_page_size() > 0 and release >= (6, 1)


needs_huge_pages = pytest.mark.skipif(not collapses(), reason="no huge pages here, or a kernel older than 6.1")


def mapping(begin: int, end: int, used: int, huge: int = 0, permissions: str = "rw-p", name: str = "") -> str:
    """One mapping as the kernel writes it [MiB]."""
    return textwrap.dedent(f"""\
        {begin * MIB:x}-{end * MIB:x} {permissions} 00000000 00:00 0 {name}
        Size:           {(end - begin) * 1024:8} kB
        KernelPageSize:        4 kB
        Rss:            {used * 1024:8} kB
        Private_Dirty:  {used * 1024:8} kB
        AnonHugePages:  {huge * 1024:8} kB
        VmFlags: rd wr mr mw me ac sd
        """)


@pytest.mark.parametrize(
    ("smaps", "found"),
    [
        (mapping(4, 12, used=8), [(4, 12)]),
        (mapping(3, 13, used=10), [(4, 12)]),
        (mapping(4, 12, used=8, name="[heap]"), [(4, 12)]),
        (mapping(4, 12, used=8, name="[anon: a name with blanks]"), [(4, 12)]),
        (mapping(4, 12, used=8, huge=6), [(4, 12)]),
        (mapping(4, 12, used=8, huge=8), []),
        (mapping(4, 12, used=4), []),
        (mapping(5, 7, used=2), []),
        (mapping(4, 12, used=8, permissions="r--p"), []),
        (mapping(4, 12, used=8, permissions="rw-s"), []),
        (mapping(4, 12, used=8, name="[stack]"), []),
        (mapping(4, 12, used=8, name="/dev/nvidia0"), []),
        (mapping(4, 12, used=8, name="/a file with 8-10 rw-p"), []),
        (mapping(4, 12, used=0) + mapping(20, 24, used=4) + mapping(30, 34, used=1), [(20, 24)]),
    ],
)
def test_private_memory_in_use_is_worth_huge_pages(smaps, found) -> None:
    ranges = collapsible(smaps.splitlines(keepends=True), SIZE)
    assert [(each.start / MIB, each.stop / MIB) for each in ranges] == found


@dataclass
class Filled:
    """Memory in small pages that is in use, as long as six huge ones."""

    content: bytes
    memory: mmap.mmap

    @property
    def huge(self) -> int:
        """How much of it is in huge pages [bytes]; five at most if it begins in the middle of one."""
        return huge_bytes(ctypes.addressof(ctypes.c_char.from_buffer(self.memory)))


@pytest.fixture
def filled(monkeypatch) -> Filled:
    monkeypatch.setattr(huge_pages, "TIME_LIMIT", 600.0)  # a slow machine may need ten seconds for other memory
    size = huge_page_size()
    memory = mmap.mmap(-1, 6 * size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_DONTDUMP)  # unlike its neighbours, so that it is a mapping of its own
    filled = Filled(os.urandom(size) * 6, memory)
    memory[:] = filled.content
    assert filled.huge == 0
    return filled


@needs_huge_pages
def test_memory_in_use_moves_with_its_content_and_keeps_its_addresses(filled) -> None:
    between = Mock()
    use_huge_pages(between)
    assert filled.huge >= 5 * huge_page_size()
    assert between.call_count >= 5
    assert filled.memory[:] == filled.content


@pytest.mark.slow
@needs_huge_pages
@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.usefixtures("trainer")  # which has imported Isaac Lab
def test_a_training_moves_memory_into_huge_pages_if_it_is_told_to(filled, tmp_path, wanted) -> None:
    TrainingSession(CARTPOLE.replace(log_root=str(tmp_path)), huge_pages=wanted).run()
    if wanted:
        assert filled.huge >= 5 * huge_page_size()
    else:
        assert filled.huge == 0


class _Left(BaseException):
    pass


@needs_huge_pages
def test_an_exception_between_two_pages_ends_the_move(filled) -> None:
    between = Mock(side_effect=[None, None, _Left])
    with pytest.raises(_Left):
        use_huge_pages(between)
    assert between.call_count == 3
    assert filled.huge <= 2 * huge_page_size()


@needs_huge_pages
def test_the_move_ends_at_its_time_limit(monkeypatch, filled) -> None:
    monkeypatch.setattr(huge_pages, "TIME_LIMIT", -1.0)
    use_huge_pages(lambda: None)
    assert filled.huge == 0


def test_an_unmapped_range_is_skipped(monkeypatch, tmp_path) -> None:
    smaps = tmp_path / "smaps"
    nowhere = 0x7000_0000_0000 // MIB
    smaps.write_text(mapping(nowhere, nowhere + 64, used=64))
    monkeypatch.setattr(huge_pages, "_SMAPS", smaps)
    monkeypatch.setattr(huge_pages, "huge_page_size", lambda: SIZE)
    between = Mock()
    use_huge_pages(between)
    assert between.call_count == 1


@pytest.mark.parametrize("enabled", ["always madvise [never]\n", None])
def test_nothing_is_done_where_the_system_has_or_wants_none(monkeypatch, tmp_path, enabled) -> None:
    if enabled is not None:
        (tmp_path / "enabled").write_text(enabled)
        (tmp_path / "hpage_pmd_size").write_text("2097152\n")
    monkeypatch.setattr(huge_pages, "_SETTINGS", tmp_path)
    assert huge_page_size() == 0
    use_huge_pages(lambda: pytest.fail("there is no page"))


def test_nothing_is_done_without_smaps(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(huge_pages, "_SMAPS", tmp_path / "smaps")
    monkeypatch.setattr(huge_pages, "huge_page_size", lambda: SIZE)
    use_huge_pages(lambda: pytest.fail("there is no page"))


def test_a_process_can_forgo_them() -> None:
    source = f"""
        from pathlib import Path
        from rl_trainer_ext.system.huge_pages import {forgo_huge_pages.__name__}, {use_huge_pages.__name__}
        memory = [bytes(1000) for _ in range(30_000)]
        forgo_huge_pages()
        for _ in range(2):
            lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
            print([line for line in lines if line.startswith("AnonHugePages:")])
            use_huge_pages(lambda: None)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, timeout=60, check=True
    )
    before, after = done.stdout.splitlines()
    assert before == after != "[]"


def huge_bytes(address: int) -> int:
    """Returns how much of the mapping that holds an address is in huge pages [bytes]."""
    here = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line[0].isupper():
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            here = begin <= address < end
        elif here and line.startswith("AnonHugePages:"):
            return 1024 * int(line.split()[1])
    raise AssertionError("the address is in no mapping")
