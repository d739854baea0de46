# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kills trainings at random moments, and shows that nothing that is listed afterwards is broken.

    .venv/bin/python tools/kill_training.py [COUNT] [--library rsl_rl|sb3|skrl] [--seed N] [--log_root DIR]

A process that has trained once is copied (fork) for each training, which saves after every iteration. Somewhere
between its first breath and two seconds into the training it gets SIGKILL. Then every file that a selector of Isaac
Lab's or of this extension's could pick is loaded, and another copy trains on from the newest checkpoint.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pickle
import random
import re
import signal
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from rl_trainer_ext.isaac_lab.assets import build_offline_root
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import RunStatus, config_from_run, list_runs
from rl_trainer_ext.runs.checkpoints import list_checkpoints
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.run_settings import configure_run
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

OVERRIDES = {
    "rsl_rl": ("agent.save_interval=1",),
    "sb3": ("agent.normalize_input=True",),
    "skrl": ("agent.agent.experiment.checkpoint_interval=32",),
}
"""RSL-RL and skrl save after each iteration; of SB3's checkpoints the statistics of VecNormalize are checked too."""

SELECTABLE = re.compile(
    r"model_.*\.pt|model(_.*)?\.zip|model_vecnormalize.*\.pkl|best\.(pt|zip|pkl)|agent_.*\.pt|best_agent\.pt"
)
"""What Isaac Lab's selectors and this extension's pick, or open beside what they pick."""

LONGEST = 2.0
"""Seconds after the first iteration within which a training is killed."""


def main() -> int:
    """Kills COUNT trainings; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=50, help="how many trainings to kill")
    parser.add_argument("--library", choices=tuple(OVERRIDES), action="append", help="default: all in turn")
    parser.add_argument("--seed", type=int, default=None, help="of the moments at which they are killed")
    parser.add_argument("--log_root", type=Path, default=None, help="where they write; default: a temporary folder")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    libraries = arguments.library or list(OVERRIDES)
    with tempfile.TemporaryDirectory() as folder:
        if "ISAACSIM_ASSET_ROOT" not in os.environ:
            os.environ["ISAACSIM_ASSET_ROOT"] = str(build_offline_root(Path(folder) / "assets"))
        trainer = _warm_trainer(Path(folder))
        for number in range(arguments.count):
            library = libraries[number % len(libraries)]
            log_root = (arguments.log_root or Path(folder)) / f"{number}"
            config = _config(library, log_root)
            launching = moments.random() < 0.1  # now and then before there is anything to train
            delay = moments.uniform(0.0, LONGEST)
            _kill_one(trainer, config, delay, launching)
            found = _check(log_root)
            resumed = _resume(trainer, config) if found else "nothing was saved yet"
            when = f"{delay:.2f} s after {'its start' if launching else 'its first iteration'}"
            print(f"{number + 1:3}  {library:6}  killed {when}: {found} files load, {resumed}", flush=True)
    return 0


def _warm_trainer(folder: Path) -> Trainer:
    """A trainer that has trained with each library, so that its copies need not compile and import once more."""
    import torch

    torch.set_num_threads(1)  # threads do not live on in a copy
    trainer = Trainer()
    with _quiet():
        _until_idle(trainer)
        for library in OVERRIDES:
            trainer.request(Train(_config(library, folder / "warm").replace(max_iterations=1)))
            trainer.tick(0.0)
            _until_idle(trainer)
            assert trainer.snapshot().status == "finished", trainer.snapshot().failure
    return trainer


def _until_idle(trainer: Trainer) -> None:
    while trainer.snapshot().state is not State.IDLE:
        trainer.tick(1.0)


def _config(library: str, log_root: Path) -> RunConfig:
    return RunConfig(
        task="Isaac-Cartpole-Direct",
        library=library,
        num_envs=8,
        max_iterations=1_000_000,
        seed=7,
        device="cpu",
        log_root=str(log_root),
        overrides=OVERRIDES[library],
    )


def _kill_one(trainer: Trainer, config: RunConfig, delay: float, launching: bool) -> None:
    """Trains in a copy of this process, and kills it."""
    reading, writing = os.pipe()

    def train() -> int:
        from rl_trainer_ext.learners.sb3 import state as sb3_state

        sb3_state.CHECKPOINT_INTERVAL = 1
        trainer.request(Train(config))
        told = False
        while True:
            trainer.tick(0.01)
            snapshot = trainer.snapshot()
            if not told and (launching or snapshot.iteration > 0):
                told = True
                os.write(writing, b"!")
            if snapshot.failure is not None:
                os.write(writing, snapshot.failure.message.encode())
                return 1

    pid = _fork(train)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        pipe.read(1)
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"the training had ended by itself: {pipe.read().decode()}"


def _check(log_root: Path) -> int:
    """Loads everything that could be picked; returns how many files that were. Raises where one does not load."""
    from rl_trainer_ext.learners.base import Purpose, load_learner

    count = 0
    if not log_root.exists():  # it had not come so far
        return count
    for run in list_runs(log_root):
        assert run.status is RunStatus.KILLED, f"{run.path} counts as {run.status}"
        json.loads((run.path / "run.json").read_text())
        if (run.path / "rl_trainer.json").exists():
            json.loads((run.path / "rl_trainer.json").read_text())
        learner, purpose = load_learner(run.library), None
        selectable = _selectable(run.path)
        for path in selectable:
            count += 1
            if path.suffix == ".pkl":
                pickle.loads(path.read_bytes())
                continue
            if purpose is None:
                with contextlib.redirect_stdout(sys.stderr):  # Isaac Lab tells which configuration it reads
                    settings = configure_run(config_from_run(run, path), learner, playing=True)
                purpose = Purpose(run.task, settings.resolved.agent_cfg, playing=True)
            learner.check_checkpoint(path, purpose)
            if path.suffix == ".zip":
                from rl_trainer_ext.learners.sb3.vec_normalize import ENTRY

                # those that belong to the weights, and those that Isaac Lab's commands look for
                assert ENTRY in zipfile.ZipFile(path).namelist(), f"{path} holds no statistics"
                assert all(file.exists() for file in learner.format.files(path)), f"{path} has no statistics beside it"
        # what has the right name is whole, and so it is listed
        listed = {one.path.name for one in list_checkpoints(run.path)}
        named = {path.name for path in selectable if path.suffix != ".pkl"}
        assert listed == named, f"{run.path}: {named - listed} are not listed"
    return count


def _selectable(run_dir: Path) -> list[Path]:
    """The files of a run, and of the folder of its checkpoints, that could be picked."""
    folders = [folder for folder in (run_dir, run_dir / "checkpoints") if folder.is_dir()]
    return [path for folder in folders for path in folder.iterdir() if SELECTABLE.fullmatch(path.name)]


def _resume(trainer: Trainer, config: RunConfig) -> str:
    """Trains on from the newest checkpoint in another copy of this process; returns what it did."""
    reading, writing = os.pipe()

    def train() -> int:
        trainer.request(Train(config.replace(checkpoint="latest", max_iterations=1)))
        trainer.tick(0.0)
        _until_idle(trainer)
        snapshot = trainer.snapshot()
        words = f"iteration {snapshot.counts.start_iteration} continues to {snapshot.iteration}"
        failed = snapshot.status != "finished" or snapshot.iteration != snapshot.counts.start_iteration + 1
        os.write(writing, (snapshot.failure.message if snapshot.failure else words).encode())
        return int(failed)

    pid = _fork(train)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        words = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    assert status == 0, words
    return words


def _fork(work: Callable[[], int]) -> int:
    """Runs ``work`` in a copy of this process, which prints nothing; returns its process id."""
    sys.stdout.flush()
    with warnings.catch_warnings():
        # the threads that Python warns of wait for work of the libraries, and no copy gives them any
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        status = work()
    finally:
        os._exit(status)  # nothing of the process that it was copied from is to be closed


@contextlib.contextmanager
def _quiet():
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


if __name__ == "__main__":
    sys.exit(main())
