# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which checkpoint ``latest`` and ``best`` choose; damaged checkpoints are skipped and marked."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from helpers.runs_on_disk import OLD, TASK, make_checkpoint, make_run
from rl_trainer_ext import runs
from rl_trainer_ext.cli.runs import to_dict
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import list_checkpoints
from rl_trainer_ext.runs.checkpoints import last_change
from rl_trainer_ext.runs.choosing import damaged_after

CONFIG = RunConfig(task=TASK, library="rsl_rl")


def test_a_checkpoint_that_is_not_whole_is_not_chosen_and_marked(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, models=["model_50.pt", "model_100.pt", "best.pt"])
    config = CONFIG.replace(log_root=str(logs))

    def found(checkpoint: str) -> str:
        return runs.find_checkpoint(config.replace(checkpoint=checkpoint), "cartpole_direct").name

    assert (found("latest"), found("best")) == ("model_100.pt", "best.pt")
    for name in ("model_100.pt", "best.pt"):  # as a command leaves it that was killed while it saved
        (run_dir / name).write_bytes((run_dir / name).read_bytes()[:-30])
    assert [one.path.name for one in list_checkpoints(run_dir)] == ["model_50.pt"]
    assert (found("latest"), found("best")) == ("model_50.pt", "model_50.pt")
    assert damaged_after(run_dir / "model_50.pt", "rsl_rl", "latest") == (run_dir / "model_100.pt",)
    assert damaged_after(run_dir / "model_50.pt", "rsl_rl", "best") == (run_dir / "best.pt", run_dir / "model_100.pt")
    (run,) = runs.list_runs(logs, cache)
    assert run.problem == "model_100.pt and best.pt are damaged: latest and best skip them."
    assert runs.list_runs(logs, cache) == (run,)  # from the cache
    marked = {one.path.name: bool(one.problem) for one in list_checkpoints(run_dir, damaged=True)}
    assert marked == {"best.pt": True, "model_100.pt": True, "model_50.pt": False}
    told = to_dict(run)["damaged"]
    assert told == {name: runs.find_damage(run_dir / name) for name in ("best.pt", "model_100.pt")}
    assert all("does not end as an archive does" in sentence for sentence in told.values())
    (run_dir / "model_50.pt").write_bytes(b"")
    with pytest.raises(UserError, match="is damaged, and its run has no other checkpoint"):
        found("latest")


def test_checkpoints_in_a_folder_of_the_run_are_chosen(logs: Path) -> None:
    run_dir = make_run(
        logs, library="skrl", models=[f"checkpoints/{name}.pt" for name in ("agent_90", "agent_1600", "best_agent")]
    )
    folder = run_dir / "checkpoints"
    config = RunConfig(task=TASK, library="skrl", log_root=str(logs))

    def found(checkpoint: str) -> Path:
        return runs.find_checkpoint(config.replace(checkpoint=checkpoint), "cartpole_direct")

    assert (found("latest"), found("best")) == (folder / "agent_1600.pt", folder / "best_agent.pt")
    assert runs.run_dir_of(found("latest"), "skrl") == run_dir
    for name in ("agent_1600.pt", "best_agent.pt"):
        (folder / name).write_bytes(b"")
    assert (found("latest"), found("best")) == (folder / "agent_90.pt", folder / "agent_90.pt")
    newer = {"latest": (folder / "agent_1600.pt",), "best": (folder / "best_agent.pt", folder / "agent_1600.pt")}
    for selector, skipped in newer.items():
        assert damaged_after(folder / "agent_90.pt", "skrl", selector) == skipped
    with pytest.raises(
        UserError, match=r"is a folder: give one of its checkpoints, such as .*checkpoints/agent_90\.pt"
    ):
        found(str(run_dir))
    other = RunConfig(task=TASK, library="rsl_rl", log_root=str(logs), checkpoint=str(folder / "agent_90.pt"))
    with pytest.raises(UserError, match="was trained with skrl, not with rsl_rl"):
        runs.find_checkpoint(other, "")


def test_a_new_checkpoint_in_a_folder_of_the_run_is_a_change(logs: Path) -> None:
    run_dir = make_run(logs, library="skrl", models=["checkpoints/agent_90.pt"])
    before = last_change(run_dir, "skrl")
    make_checkpoint(run_dir / "checkpoints" / "agent_100.pt")
    assert last_change(run_dir, "skrl") > before


def flip_a_byte(path: Path) -> None:
    """Changes the first byte of what an archive holds, as a bad disk does."""
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        content = archive.read(first)
    whole = path.read_bytes()
    at = whole.index(content)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


def test_a_checkpoint_with_a_wrong_checksum_is_not_chosen(logs: Path) -> None:
    run_dir = make_run(logs, models=["model_50.pt", "model_100.pt", "best.pt"])
    config = CONFIG.replace(log_root=str(logs))
    for name in ("model_100.pt", "best.pt"):
        flip_a_byte(run_dir / name)
    found = {
        asked: runs.find_checkpoint(config.replace(checkpoint=asked), "cartpole_direct").name
        for asked in ("latest", "best")
    }
    assert found == {"latest": "model_50.pt", "best": "model_50.pt"}
    assert damaged_after(run_dir / "model_50.pt", "rsl_rl", "latest") == (run_dir / "model_100.pt",)
    path = run_dir / "model_100.pt"
    wrong = f"{path} is damaged: the checksum of data in it is wrong. Choose another checkpoint."
    assert runs.find_damage(path) == wrong
    assert runs.find_damage(run_dir / "model_50.pt") == ""


def test_of_a_cut_archive_the_one_within_it_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    make_checkpoint(tmp_path / "policy.pth")
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.write(tmp_path / "policy.pth", "policy.pth")
    assert runs.find_damage(path) == ""
    within = path.read_bytes().index((tmp_path / "policy.pth").read_bytes())
    path.write_bytes(path.read_bytes()[: within + (tmp_path / "policy.pth").stat().st_size])
    assert zipfile.is_zipfile(path)
    assert "does not end as an archive does" in runs.find_damage(path)


@pytest.mark.parametrize(
    ("library", "models"),
    [
        ("rsl_rl", ["model_9.pt", "model_10.pt", "model_abc.pt", "model_10_copy.pt", "model_.pt"]),
        ("sb3", ["model_640_steps.zip", "model_6400_steps.zip", "model_old.zip", "model_x_steps.zip"]),
    ],
)
def test_numbers_decide_what_is_latest_and_never_the_alphabet(logs: Path, library: str, models: list[str]) -> None:
    experiment = "cartpole_direct" if library == "rsl_rl" else TASK
    make_run(logs, library=library, experiment=experiment, models=models)
    config = RunConfig(task=TASK, library=library, log_root=str(logs))
    assert runs.find_checkpoint(config, experiment).name == models[1]


def test_another_agent_s_checkpoint_is_named_where_there_is_none_of_the_asked(logs: Path) -> None:
    for name, agent, age in (("a", "rsl_rl_old_cfg_entry_point", 9), ("b", "rsl_rl_new_cfg_entry_point", 5)):
        run_dir = make_run(logs, name, experiment="other_name", models=["model_0.pt"], created=OLD - age)
        manifest = json.loads((run_dir / "run.json").read_text())
        (run_dir / "run.json").write_text(json.dumps(manifest | {"metadata": {"agent": agent}}))
    make_run(logs, "c", experiment="other_name", task="Isaac-Ant", models=["model_0.pt"])
    config = CONFIG.replace(log_root=str(logs), checkpoint="latest")
    with pytest.raises(
        UserError, match=r"one with rsl_rl_new_cfg_entry_point in .*/b: choose it with --agent rsl_rl_new"
    ):
        runs.find_checkpoint(config, "cartpole_direct")


def test_a_run_of_stable_baselines3_resumed_with_other_environments_counts_on(logs: Path) -> None:
    run_dir = make_run(logs, library="sb3", experiment=TASK, models=["model_1152_steps.zip"])
    make_checkpoint(run_dir / "model.zip", steps=1216)
    # 8 iterations of 128 steps, and then two or three of 64
    runs.RunRecord.begin(run_dir, CONFIG, runs.ResumedFrom("/elsewhere/model.zip", 8, 1024, 1.0))
    assert [(one.iteration, one.steps) for one in list_checkpoints(run_dir)] == [(11, 1216), (10, 1152)]


def test_latest_is_what_was_saved_last(logs: Path) -> None:
    make_run(logs, "2026-09-20_10-00-00", library="sb3", experiment=TASK, models=["model_999.zip"], created=OLD - 9)
    models = ["model_64_steps.zip", "model_640_steps.zip"]
    run_dir = make_run(logs, library="sb3", experiment=TASK, models=models)
    make_run(logs, "2026-09-22_10-00-00", library="sb3", experiment=TASK, created=OLD + 9)  # no checkpoint yet
    config = RunConfig(task=TASK, library="sb3", log_root=str(logs))
    assert runs.find_checkpoint(config, TASK) == run_dir / "model_640_steps.zip"
    # Isaac Lab's natural sort would put the final model before these
    make_checkpoint(run_dir / "model.zip")
    assert runs.find_checkpoint(config, TASK) == run_dir / "model.zip"
    make_checkpoint(run_dir / "best.zip")
    assert runs.find_checkpoint(config, TASK) == run_dir / "model.zip"
    assert runs.find_checkpoint(config.replace(checkpoint="best"), TASK) == run_dir / "best.zip"


@pytest.mark.parametrize("word", ["latest", "best"])
def test_where_only_best_checkpoints_were_saved_the_newest_is_chosen(logs: Path, word: str) -> None:
    for name, age, task in (("a", 9, TASK), ("b", 5, TASK), ("c", 1, "Isaac-Ant")):
        run_dir = make_run(logs, name, library="sb3", experiment=TASK, task=task, created=OLD - age)
        make_checkpoint(run_dir / "best.zip")
    config = RunConfig(task=TASK, library="sb3", log_root=str(logs), checkpoint=word)
    assert runs.find_checkpoint(config, TASK) == logs / "sb3" / TASK / "b" / "best.zip"
