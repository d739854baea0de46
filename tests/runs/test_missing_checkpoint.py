# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A path that names no checkpoint is answered with what is there."""

from __future__ import annotations

import zipfile

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.runs.choosing import find_checkpoint


@pytest.fixture
def run_dir(tmp_path):
    """A run with four checkpoints and one that was cut off."""
    folder = tmp_path / "rsl_rl" / "cartpole" / "2026-01-02_03-04-05"
    folder.mkdir(parents=True)
    for number in (0, 50, 100, 149):
        with zipfile.ZipFile(folder / f"model_{number}.pt", "w") as archive:
            archive.writestr("data", b"")
    (folder / "model_200.pt").write_bytes(b"PK")
    (folder / "events.out").touch()
    return folder


def refusal(path):
    with pytest.raises(UserError) as refused:
        find_checkpoint(CARTPOLE.replace(checkpoint=str(path)), "cartpole")
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_of_a_folder_a_checkpoint_is_named(run_dir):
    assert f"is a folder: give one of its checkpoints, such as {run_dir / 'model_149.pt'}, or" in refusal(run_dir)
    assert "is a folder without checkpoints: give the path of one, or" in refusal(run_dir.parent)


def test_the_nearest_number_and_what_is_there_are_named(run_dir):
    said = refusal(run_dir / "model_99.pt")
    assert "does not exist; did you mean model_100.pt? In its folder are model_149.pt, model_100.pt, " in said
    assert "model_50.pt and 1 more: give one of them, or write latest or best." in said
    assert "did you mean model_149.pt?" in refusal(run_dir / "modle.pt")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("lates", "latest"), ("Latest", "latest"), ("BEST", "best"), ("best-evaluated", "best_evaluated")],
)
def test_of_a_word_that_is_mistyped_the_nearest_is_named(tmp_path, monkeypatch, written, meant):
    monkeypatch.chdir(tmp_path)
    assert refusal(written) == f"The checkpoint {tmp_path / written} does not exist: did you mean {meant}?"
    assert "has no other" in refusal(f"{written}.pt")


def test_of_a_folder_that_is_missing_the_nearest_is_named(run_dir):
    mistyped = run_dir.with_name("2026-01-02_03-04-06")
    said = refusal(mistyped / "model_149.pt")
    assert said == (
        f"The checkpoint {mistyped / 'model_149.pt'} does not exist: {run_dir.parent} has no folder "
        "'2026-01-02_03-04-06', but 2026-01-02_03-04-05. Give another path, latest, or best."
    )
    assert f"does not exist: in {run_dir.parent} is 2026-01-02_03-04-05. Give" in refusal(
        run_dir.parent / "x" / "y" / "model_1.pt"
    )
    assert f"in {run_dir} is no folder" in refusal(run_dir / "none" / "model_1.pt")


def test_an_empty_folder_and_a_file_in_the_place_of_a_folder_are_told(tmp_path, run_dir):
    assert f"does not exist, and {tmp_path} has no other" in refusal(tmp_path / "model_1.pt")
    assert "does not exist" in refusal(run_dir / "model_0.pt" / "model_1.pt")
