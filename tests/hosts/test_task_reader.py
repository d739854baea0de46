# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reading what tasks need in a process beside the panel, and keeping it for the next session."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import pytest
from rl_trainer_ext.hosts.processes import task_reader
from rl_trainer_ext.hosts.processes.task_reader import TaskReader
from rl_trainer_ext.isaac_lab import details_cache
from rl_trainer_ext.isaac_lab.details_cache import DetailsCache
from rl_trainer_ext.isaac_lab.task_card import TaskCard
from rl_trainer_ext.isaac_lab.tasks import Catalogue, PresetGroup, Task, TaskDetails

LIMIT = 600
DIRECT = "Isaac-Cartpole-Direct"
CATALOGUE = Catalogue([Task(DIRECT, ("rsl_rl",), "rsl_rl"), Task("Isaac-No-Such-Task", ())])


def details(source: Path, problem: str = "", task: str = "T") -> TaskDetails:
    """What could be read of a task whose configuration is in one file."""
    spaces = (("policy", "joint_pos"),)
    card = TaskCard("About.", str(source), 16, 5.0, 300, spaces, spaces, (("alive", 1.0),), ("physx",), (), False)
    card = TaskCard(**{**vars(card), "sources": (str(source),)})
    groups = (PresetGroup("physics", ("physx", "newton_mjwarp"), ("env.sim.physics",), "physx"),)
    return TaskDetails(task, "rsl_rl", "cpu", 16, 100, 42, problem, presets=groups, card=card)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "env_cfg.py"
    path.write_text("first")
    return path


def test_what_was_read_comes_back_as_it_was(tmp_path: Path, source: Path) -> None:
    written, read = DetailsCache("cpu", tmp_path), DetailsCache("cpu", tmp_path)
    written.write(details(source))
    assert read.refresh()
    assert read.get("T", "rsl_rl") == details(source)
    assert read.holds("T", "rsl_rl")
    assert not read.refresh()  # nothing new
    assert read.get("T", "sb3") is None


def change(source: Path) -> None:
    source.write_text("second, longer")


def remove(source: Path) -> None:
    source.unlink()


def register_again(source: Path) -> None:
    gymnasium.register("T", "t:Env", kwargs={"env_cfg_entry_point": "t:Cfg"})


def test_lines_are_read_a_few_at_a_time(tmp_path: Path, source: Path) -> None:
    cache = DetailsCache("cpu", tmp_path)
    for number in range(5):
        cache.write(details(source, task=f"T{number}"))
    seen = []
    while True:
        assert cache.refresh(most=2)
        seen.append(sum(cache.get(f"T{number}", "rsl_rl") is not None for number in range(5)))
        if cache.complete:
            break
    assert seen == [2, 4, 5]


def test_a_registration_that_holds_objects_is_recognised(tmp_path: Path, source: Path) -> None:
    def register() -> None:
        gymnasium.register("T", "t:Env", kwargs={"env_cfg_entry_point": "t:Cfg", "rsl_rl_cfg_entry_point": object()})

    try:
        register()
        DetailsCache("cpu", tmp_path).write(details(source))
        gymnasium.registry.pop("T")
        register()  # another object of the same kind, as in the next session
        assert DetailsCache("cpu", tmp_path).refresh()
    finally:
        gymnasium.registry.pop("T", None)


@pytest.mark.parametrize("happens", [change, remove, register_again])
def test_a_changed_source_or_registration_is_read_again(
    tmp_path: Path, source: Path, happens: Callable[[Path], None]
) -> None:
    DetailsCache("cpu", tmp_path).write(details(source))
    happens(source)
    try:
        cache = DetailsCache("cpu", tmp_path)
        assert not cache.refresh()
        assert cache.get("T", "rsl_rl") is None
    finally:
        gymnasium.registry.pop("T", None)


def test_a_problem_is_shown_and_read_again_after_a_while(tmp_path: Path, source: Path, monkeypatch) -> None:
    DetailsCache("cpu", tmp_path).write(details(source, "Its assets are unreachable."))
    cache = DetailsCache("cpu", tmp_path)
    cache.refresh()
    assert cache.holds("T", "rsl_rl")
    monkeypatch.setattr(details_cache, "PROBLEMS_HOLD", -1.0)
    assert not cache.holds("T", "rsl_rl")
    assert cache.get("T", "rsl_rl").problem == "Its assets are unreachable."


@pytest.mark.parametrize(
    "damage", [b"{not json\n", b'{"details": {}}\n', b'{"details": {"task": 1}}\n', b"\xff\n", b"[]\n"]
)
def test_damaged_lines_are_passed_over(tmp_path: Path, source: Path, damage: bytes) -> None:
    cache = DetailsCache("cpu", tmp_path)
    cache.path.write_bytes(damage)
    cache.write(details(source))
    with cache.path.open("ab") as file:
        file.write(b'{"details": ')  # a line that is being written
    assert cache.refresh()
    assert cache.get("T", "rsl_rl") == details(source)


def test_the_cache_is_of_one_device_and_asset_root(tmp_path: Path, monkeypatch) -> None:
    first = DetailsCache("cpu", tmp_path).path
    assert DetailsCache("cuda:0", tmp_path).path != first
    monkeypatch.setenv("ISAACSIM_ASSET_ROOT", "/elsewhere")
    assert DetailsCache("cpu", tmp_path).path != first


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").touch()
    DetailsCache("cpu", tmp_path / "file").write(details(source))


def test_a_file_that_has_grown_too_long_begins_anew(tmp_path: Path, source: Path) -> None:
    cache = DetailsCache("cpu", tmp_path)
    cache.write(details(source))
    cache.compact(most=10)
    assert not cache.path.exists()


def test_nothing_starts_before_the_list_is_looked_at_or_during_a_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(task_reader.task_config, "devices", lambda: ("cpu",))
    monkeypatch.setattr(TaskReader, "_start", lambda self: pytest.fail("started"))
    reader = TaskReader(tmp_path)
    reader.update(None, wanted=True, idle=True)
    reader.update(CATALOGUE, wanted=True, idle=False)
    other = TaskReader(tmp_path)
    other.update(CATALOGUE, wanted=False, idle=True)
    assert (reader.progress, other.progress) == ("", "")


@pytest.mark.subprocess
def test_a_process_reads_and_the_next_session_knows_at_once(
    trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # of Isaac Sim, whose extensions have a folder each
    monkeypatch.setattr(sys, "path", [*sys.path, *(f"{tmp_path}/exts/{n:0100}" for n in range(1500))])
    reader = TaskReader(tmp_path)
    deadline = time.monotonic() + LIMIT
    reader.update(CATALOGUE, wanted=True, idle=True)
    reader.update(CATALOGUE, wanted=False, idle=True)
    assert reader.progress == "Reading what tasks need: 0 of 2"
    while reader.progress and time.monotonic() < deadline:
        reader.update(CATALOGUE, wanted=False, idle=True)
        time.sleep(0.1)
    assert reader.problem == ""
    assert reader.get(DIRECT).card.episode_steps == 300
    assert reader.get(DIRECT).problem == ""
    assert "Isaac-No-Such-Task" in reader.get("Isaac-No-Such-Task").problem
    assert reader.serial > 0
    later = TaskReader(tmp_path)
    later.update(CATALOGUE, wanted=True, idle=True)
    assert later.progress == ""
    assert later.get(DIRECT) == reader.get(DIRECT)
    later.update(CATALOGUE, wanted=True, idle=True)
    assert later.progress == ""  # nothing to read
