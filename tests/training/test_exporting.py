# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Exported policies: files that answer as the checkpoint does, also without PyTorch, or one sentence why not."""

from __future__ import annotations

import json
import subprocess
import sys

import gymnasium
import numpy as np
import onnx
import pytest
import torch
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.training import exporting
from rl_trainer_ext.training.commands import Export, Train
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

WITHOUT_TORCH = """
import json, sys
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
given = {name: numpy.asarray(value, numpy.float32) for name, value in json.loads(sys.argv[2]).items()}
answers = session.run(None, given)
assert "torch" not in sys.modules
print(json.dumps([answer.tolist() for answer in answers]))
"""


@pytest.fixture(scope="module")
def own(trainer, tmp_path_factory):
    """A trainer that knows the tasks of :mod:`helpers.exportable_tasks`, and what to run."""
    from helpers import exportable_tasks

    exportable_tasks.register()
    knowing = Trainer()
    tick_until(knowing, idle)
    config = CARTPOLE.replace(
        task=exportable_tasks.TASK, log_root=str(tmp_path_factory.mktemp("logs")), max_iterations=1
    )
    yield knowing, config
    knowing.close()
    del gymnasium.registry[exportable_tasks.TASK]


def trained(trainer, config):
    snapshot = run_to_end(trainer, Train(config))
    assert snapshot.status == "finished", snapshot.failure
    return config.replace(checkpoint=str(snapshot.checkpoint), num_envs=4, max_iterations=None, speed=0.0)


def exported(trainer, config):
    snapshot = run_to_end(trainer, Export(config))
    assert snapshot.status == "finished", snapshot.failure
    return snapshot


def refusal(trainer, config):
    snapshot = run_to_end(trainer, Export(config))
    assert snapshot.failure is not None
    assert snapshot.failure.bad_input, snapshot.failure.details
    return snapshot.failure.message


def answers_without_torch(path, **inputs):
    given = json.dumps({name: value.tolist() for name, value in inputs.items()})
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(path), given], capture_output=True, text=True, check=True
    )
    return [np.asarray(answer) for answer in json.loads(done.stdout)]


@pytest.mark.parametrize("library", ["rsl_rl", "sb3", "skrl"])
def test_both_files_act_as_the_checkpoint_does_and_need_no_library(trainer, headless, library, tmp_path):
    log_root = headless[library].config.log_root
    snapshot = exported(trainer, CARTPOLE.replace(library=library, log_root=log_root, num_envs=4, speed=0.0))
    files = snapshot.run.exported
    (jit,), (path,) = files.jit.values(), files.onnx.values()
    assert (jit.name, path.name) == ("policy.pt", "policy.onnx")
    assert jit.parent == path.parent == headless[library].run_dir / "exported"
    assert files.observations == 100
    assert files.max_error <= 1e-5
    assert str(jit.parent) in snapshot.notice

    observations = np.array([[0.1, -0.2, 0.3, -0.4]])
    (actions,) = answers_without_torch(path, obs=observations)
    scripted = torch.jit.load(jit)(torch.as_tensor(observations, dtype=torch.float32))
    assert actions.shape == (1, 1)
    np.testing.assert_allclose(actions, scripted.detach().numpy(), atol=1e-5)
    (others,) = answers_without_torch(path, obs=-observations)
    assert not np.allclose(actions, others, atol=1e-6)

    described = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert (described["task"], described["library"]) == (CARTPOLE.task, library)
    assert [(one["name"], one["shape"][1:]) for one in json.loads(described["inputs"])] == [("obs", [4])]
    assert [(one["name"], one["shape"][1:]) for one in json.loads(described["outputs"])] == [("actions", [1])]


def test_the_statistics_of_vec_normalize_are_inside(trainer, tmp_path):
    config = CARTPOLE.replace(library="sb3", log_root=str(tmp_path), overrides=("agent.normalize_input=True",))
    files = exported(trainer, trained(trainer, config)).run.exported
    assert files.max_error <= 1e-5
    (actions,) = answers_without_torch(files.onnx[""], obs=np.ones((3, 4)))
    assert actions.shape == (3, 1)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_policy_with_a_memory_takes_it_as_inputs(own, kind):
    from helpers import exportable_tasks

    trainer, config = own
    agent = {"lstm": exportable_tasks.LSTM, "gru": exportable_tasks.GRU}[kind]
    # episodes of 25 steps: their ends clear the memory
    config = trained(trainer, config.replace(agent=agent, overrides=("env.episode_length_s=0.2",)))
    files = exported(trainer, config).run.exported
    assert files.max_error <= 1e-5
    memory = {"h_in": np.zeros((1, 1, 6))} | ({"c_in": np.zeros((1, 1, 6))} if kind == "lstm" else {})
    first, *after = answers_without_torch(files.onnx[""], obs=np.ones((1, 4)), **memory)
    assert len(after) == len(memory)
    second, *_ = answers_without_torch(files.onnx[""], obs=np.ones((1, 4)), **dict(zip(memory, after, strict=True)))
    assert not np.allclose(first, second, atol=1e-7)


def test_a_network_that_no_graph_can_be_made_of_is_refused(own):
    from helpers import exportable_tasks

    trainer, config = own
    config = trained(trainer, config.replace(agent=exportable_tasks.UNTRACEABLE))
    assert "cannot be written as TorchScript and ONNX" in refusal(trainer, config)
    assert not (run_folder(config) / "exported").exists()


def test_files_that_answer_otherwise_are_not_kept_and_an_earlier_export_is(own):
    from helpers import exportable_tasks

    trainer, config = own
    config = trained(trainer, config.replace(agent=exportable_tasks.WRONG))
    folder = run_folder(config) / "exported"
    folder.mkdir()
    (folder / "policy.onnx").write_text("earlier")
    assert "policy.onnx was not exported: its actions differ" in refusal(trainer, config)
    assert [file.name for file in folder.iterdir()] == ["policy.onnx"]
    assert (folder / "policy.onnx").read_text() == "earlier"


def test_a_folder_that_cannot_be_written_is_named(trainer, headless):
    run_dir, log_root = headless["rsl_rl"].run_dir, headless["rsl_rl"].config.log_root
    config = CARTPOLE.replace(log_root=log_root, checkpoint=str(headless["rsl_rl"].checkpoint), num_envs=4)
    folder, aside = run_dir / "exported", run_dir / "exported.aside"
    if folder.exists():
        folder.rename(aside)
    folder.write_text("a file")
    try:
        assert f"{folder} cannot be written" in refusal(trainer, config)
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)


def test_without_onnxruntime_nothing_is_started(trainer, headless, monkeypatch):
    monkeypatch.setattr(exporting, "RUNTIME", "no_such_runtime")
    message = refusal(trainer, CARTPOLE.replace(log_root=headless["rsl_rl"].config.log_root))
    assert "no_such_runtime, which is not installed" in message
    assert "pip install" in message


def run_folder(config):
    from pathlib import Path

    return Path(config.checkpoint).parent
