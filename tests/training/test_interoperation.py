# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs of ``isaaclab train`` and runs made here are one list: each plays, resumes and exports the other's."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from helpers.isaac_lab_commands import LIMIT, finish, play_and_interrupt, start
from helpers.runs_made_here import CARTPOLE, run_to_end
from rl_trainer_ext import runs
from rl_trainer_ext.hosts.processes.export import PolicyExport
from rl_trainer_ext.training.commands import Play, Train

LIBRARIES = ("rsl_rl", "sb3", "skrl")
FINAL = {"rsl_rl": "model_2.pt", "sb3": "model.zip", "skrl": "agent_96.pt"}
BEST = {"rsl_rl": "best.pt", "sb3": "best.zip", "skrl": "checkpoints/best_agent.pt"}
MORE = 2
"""Iterations that a resumed run adds."""
SHORT = ("env.episode_length_s=0.5",)
"""Episodes that end in so few: else there would be no best checkpoint."""
STEPS = {library: CARTPOLE.num_envs * (32 if library == "skrl" else 16) for library in LIBRARIES}
"""Environment steps of one iteration."""


@pytest.fixture(scope="module")
def logs(isaac_lab_trained: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log root of the command's runs, which this module's runs are added to; in a folder whose name needs care."""
    root = tmp_path_factory.mktemp("läufe und mehr") / "logs"
    shutil.copytree(isaac_lab_trained["sb3"].parents[2], root)
    return root


@pytest.fixture(scope="module")
def resumed(trainer, logs: Path) -> dict[str, runs.Run]:
    """Runs made here that resume those of the command, by library."""
    for library in LIBRARIES:
        config = CARTPOLE.replace(
            library=library, log_root=str(logs), checkpoint="latest", max_iterations=MORE, overrides=SHORT
        )
        snapshot = run_to_end(trainer, Train(config))
        assert (snapshot.status, snapshot.failure) == ("finished", None)
    return {run.library: run for run in runs.list_runs(logs, logs.parent / "cache") if run.resumed_from is not None}


@pytest.mark.subprocess
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_run_of_the_command_is_listed_and_played_here(trainer, isaac_lab_trained, tmp_path, library) -> None:
    run_dir = isaac_lab_trained[library]
    logs = run_dir.parents[2]
    listed = {run.path: run for run in runs.list_runs(logs, tmp_path)}
    run = listed[run_dir]
    assert (run.task, run.library, run.has_manifest, run.problem) == (CARTPOLE.task, library, True, "")
    assert (run.status, run.iterations, run.steps) == (runs.RunStatus.FINISHED, 3, 3 * STEPS[library])
    final = next(one for one in runs.list_checkpoints(run_dir) if one.kind is not runs.CheckpointKind.BEST)
    assert (final.path.name, final.steps, final.kind) == (FINAL[library], 3 * STEPS[library], runs.CheckpointKind.FINAL)
    env, agent = runs.read_parameters(run_dir)
    assert (env["scene"]["num_envs"], agent["seed"]) == (CARTPOLE.num_envs, CARTPOLE.seed)
    for selector in ("latest", "best"):
        config = CARTPOLE.replace(
            library=library, log_root=str(logs), checkpoint=selector, num_steps=3, speed=0.0, max_iterations=None
        )
        played = run_to_end(trainer, Play(config))
        assert (played.status, played.failure) == ("finished", None)
        assert played.run.origin == ""  # it is configured as the task is today
        # where the command keeps no best checkpoint the last stands in, as with its own selector
        theirs = run_dir / BEST[library]
        assert played.checkpoint == (theirs if selector == "best" and theirs.exists() else final.path)


@pytest.mark.subprocess
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_run_of_the_command_is_resumed_here(resumed, isaac_lab_trained, library) -> None:
    run = resumed[library]
    assert run.resumed_from is not None
    assert run.resumed_from.name == isaac_lab_trained[library].name
    total = 3 + MORE
    assert (run.status, run.iterations, run.steps) == (runs.RunStatus.FINISHED, total, total * STEPS[library])
    assert run.seconds is not None
    assert run.seconds > 0
    kinds = {checkpoint.kind: checkpoint for checkpoint in runs.list_checkpoints(run.path)}
    assert kinds[runs.CheckpointKind.FINAL].steps == total * STEPS[library]
    assert kinds[runs.CheckpointKind.BEST].path == run.path / BEST[library]
    assert kinds[runs.CheckpointKind.BEST].iteration == run.best_iteration
    (_, before), (_, after) = map(runs.read_parameters, (run.resumed_from, run.path))
    assert not [one.key for one in runs.compare(before, after) if one.key.startswith("algorithm")]


@pytest.mark.subprocess
def test_the_commands_resume_and_play_what_was_made_here(warm_process, resumed) -> None:
    folder = resumed["sb3"].path.parents[3]
    # one of each library at a time; after the first ones, what they made is the latest
    best = {library: resumed[library].path / BEST[library] for library in LIBRARIES}
    for path in best.values():
        assert path.is_file()
    trains = {
        library: start(warm_process, "train", library, "--checkpoint", "latest", "--max_iterations", "1", folder=folder)
        for library in LIBRARIES
    }
    for library, process in trains.items():
        printed = finish(process)
        if library == "rsl_rl":
            assert f"Loading model checkpoint from: {resumed[library].path.resolve()}/model_4.pt" in printed
    plays = [
        start(warm_process, "play", library, "--checkpoint", str(best[library]), folder=folder) for library in LIBRARIES
    ]
    for process in plays:
        play_and_interrupt(process)
    listed = runs.list_runs(folder / "logs", folder / "cache")
    assert len(listed) == 3 * len(LIBRARIES)
    assert {run.status for run in listed} == {runs.RunStatus.FINISHED}


@pytest.mark.subprocess
def test_the_command_exports_what_was_made_here(trainer, logs, warm_children) -> None:
    # it writes nothing for direct tasks, which do not tell what goes in and out of a policy
    config = CARTPOLE.replace(task="Isaac-Cartpole", log_root=str(logs), max_iterations=MORE, overrides=SHORT)
    made = {library: run_to_end(trainer, Train(config.replace(library=library))).run_dir for library in LIBRARIES}
    # the button's way to the command
    exports = [PolicyExport(run_dir / BEST[library], library, config.task) for library, run_dir in made.items()]
    end = time.monotonic() + LIMIT
    try:
        while any(export.running for export in exports) and time.monotonic() < end:
            time.sleep(0.1)
            for export in exports:
                export.update()
    finally:
        for export in exports:
            export.stop()
    for export in exports:
        assert (export.problem, export.done) == ("", True), export.progress
        assert list(export.folder.glob("*.onnx"))
