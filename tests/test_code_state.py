# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The git diffs that RSL-RL stores with a run."""

from __future__ import annotations

import git
from tiny_trainings import rsl_rl_training


def test_a_repository_with_other_bytes_than_utf8_is_stored_and_trains(tmp_path):
    for name in ("latin", "plain"):
        repository = git.Repo.init(tmp_path / name)
        source = tmp_path / name / "task.py"
        source.write_bytes(b"# nothing\n")
        repository.index.add([str(source)])
        repository.index.commit("begin", author=git.Actor("a", "a@b"), committer=git.Actor("a", "a@b"))
        source.write_bytes(b"# L\xe4ufer\n" if name == "latin" else b"# runner\n")
    training = rsl_rl_training(tmp_path / "run")
    for name in ("latin", "plain"):
        training.runner.add_git_repo_to_log(str(tmp_path / name / "task.py"))
    training.learn_more(1, init_at_random_ep_len=False)
    training.save()
    training.close()

    assert (tmp_path / "run" / "model_0.pt").is_file()
    assert "+# L\\udce4ufer" in (tmp_path / "run" / "git" / "latin.diff").read_text(encoding="utf-8")
    assert "+# runner" in (tmp_path / "run" / "git" / "plain.diff").read_text(encoding="utf-8")
