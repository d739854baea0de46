# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Nothing outside the log root is written, moved or deleted, whatever symbolic links there are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.runs_on_disk import TASK, make_run
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.system.atomic_files import SAVING_FOLDER

CHANGES: list[Callable[[Path], object]] = [
    lambda run_dir: runs.rename(run_dir, "name"),
    lambda run_dir: runs.tag(run_dir, ["tag"]),
    runs.archive,
    runs.delete,
]


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """Every path below a folder, with the content of files and the targets of links."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(folder))] = content
    return found


def link_out(path: Path, outside: Path) -> None:
    """Moves a file or folder out and leaves a symbolic link."""
    outside.mkdir(exist_ok=True)
    moved = outside / path.name
    path.rename(moved)
    path.symlink_to(moved)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", [0, 1, 2], ids=["run", "experiment", "library"])
def test_a_link_out_of_the_log_root_is_refused(tmp_path: Path, change: Callable[[Path], object], level: int) -> None:
    run_dir = make_run(tmp_path / "logs")
    link_out((run_dir, *run_dir.parents)[level], tmp_path / "outside")
    before = tree(tmp_path)
    with pytest.raises(UserError, match="leads out of the log root"):
        change(run_dir)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_link_to_another_run_leaves_that_run_alone(tmp_path: Path, change: Callable[[Path], object]) -> None:
    run_dir = make_run(tmp_path / "logs")
    link = run_dir.with_name("link")
    link.symlink_to(run_dir)
    before = tree(tmp_path)
    with pytest.raises(UserError, match="is a symbolic link to"):
        change(link)
    assert tree(tmp_path) == before


def test_a_log_root_that_is_a_link_is_a_log_root(tmp_path: Path) -> None:
    run_dir = make_run(tmp_path / "real")
    (tmp_path / "logs").symlink_to(tmp_path / "real")
    linked = tmp_path / "logs" / run_dir.relative_to(tmp_path / "real")
    for change in CHANGES[:-1]:
        change(linked)
    assert runs.restore(runs.delete(linked)) == linked
    assert runs.empty_trash(tmp_path / "logs") == 0


def test_a_trash_that_is_a_link_is_neither_filled_nor_emptied(tmp_path: Path) -> None:
    logs, outside = tmp_path / "logs", tmp_path / "outside"
    run_dir, other = make_run(logs), make_run(logs, name="other")
    deleted = runs.delete(other)
    link_out(logs / ".trash", outside)
    before = tree(tmp_path)
    for change in (lambda: runs.delete(run_dir), lambda: runs.restore(deleted), lambda: runs.empty_trash(logs)):
        with pytest.raises(UserError, match="leads out of the log root"):
            change()
    assert tree(tmp_path) == before


def test_links_in_the_trash_are_removed_without_what_they_lead_to(tmp_path: Path) -> None:
    logs, outside = tmp_path / "logs", tmp_path / "outside"
    deleted = runs.delete(make_run(logs))
    kept = make_run(outside)
    (deleted.trashed / "link").symlink_to(kept)
    (deleted.trashed.parent / "linked run").symlink_to(kept)
    before = tree(outside)
    assert runs.empty_trash(logs) == 1
    assert tree(outside) == before
    assert not (logs / ".trash").exists()


def test_files_of_a_run_that_are_links_are_replaced_not_followed(tmp_path: Path) -> None:
    run_dir, outside = make_run(tmp_path / "logs"), tmp_path / "outside"
    outside.mkdir()
    (outside / runs.labels.LABELS_NAME).write_text("{}")
    (run_dir / runs.labels.LABELS_NAME).symlink_to(outside / runs.labels.LABELS_NAME)
    (run_dir / SAVING_FOLDER).symlink_to(outside)
    before = tree(outside)
    modified = outside.stat().st_mtime_ns
    runs.rename(run_dir, "name")
    assert (tree(outside), outside.stat().st_mtime_ns) == (before, modified)
    (run,) = runs.list_runs(tmp_path / "logs", tmp_path / "cache")
    assert run.name == "name"


@pytest.mark.parametrize("kind", ["link", "absolute", "dots"])
def test_a_new_run_never_begins_outside(tmp_path: Path, kind: str) -> None:
    logs, outside = tmp_path / "logs", tmp_path / "outside"
    (logs / "rsl_rl").mkdir(parents=True)
    outside.mkdir()
    experiment = {"link": "cartpole", "absolute": str(outside / "x"), "dots": "../../outside/x"}[kind]
    if kind == "link":
        (logs / "rsl_rl" / "cartpole").symlink_to(outside)
    config = RunConfig(task=TASK, library="rsl_rl", log_root=str(logs))
    with pytest.raises(UserError, match="leads out of the log root"):
        runs.create_run_dir(config, experiment, "")
    assert tree(outside) == {}
