# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The git diffs that RSL-RL stores with a run."""

from __future__ import annotations

from pathlib import Path

import git
from helpers.tiny_trainings import rsl_rl_training
from rsl_rl.utils.log_writer import LogWriter

NAMES = ("plain", "latin", "another")


def make_repositories(tmp_path):
    """Repositories with a change in each, of which one is not UTF-8."""
    for name in NAMES:
        repository = git.Repo.init(tmp_path / name)
        source = tmp_path / name / "task.py"
        source.write_bytes(b"# nothing\n")
        repository.index.add([str(source)])
        repository.index.commit("begin", author=git.Actor("a", "a@b"), committer=git.Actor("a", "a@b"))
        source.write_bytes(b"# L\xe4ufer\n" if name == "latin" else b"# runner\n")


def test_every_stored_diff_is_handed_on_for_upload(tmp_path):
    make_repositories(tmp_path)
    uploaded = []

    class Uploader(LogWriter):
        """A log writer for another service."""

        def __init__(self, log_dir: str) -> None:
            pass

        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
            pass

        def save_file(self, path: str) -> None:
            uploaded.append(Path(path).name)

    logger = rsl_rl_training(tmp_path / "run", logger={"class_name": Uploader}).runner.logger
    logger.git_status_repos = [str(tmp_path / name / "task.py") for name in NAMES]
    logger.init_logging_writer()
    assert sorted(uploaded) == sorted(f"{name}.diff" for name in NAMES)


def test_a_repository_with_other_bytes_than_utf8_is_stored_and_trains(tmp_path):
    make_repositories(tmp_path)
    training = rsl_rl_training(tmp_path / "run")
    for name in NAMES:
        training.runner.add_git_repo_to_log(str(tmp_path / name / "task.py"))
    training.learn_more(1, init_at_random_ep_len=False)
    training.save()
    training.close()

    assert (tmp_path / "run" / "model_0.pt").is_file()
    assert "+# L\\udce4ufer" in (tmp_path / "run" / "git" / "latin.diff").read_text(encoding="utf-8")
    assert "+# runner" in (tmp_path / "run" / "git" / "plain.diff").read_text(encoding="utf-8")
