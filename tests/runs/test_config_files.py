# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configurations in YAML files: what is written is read again, and what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.overrides.writing import override_text
from rl_trainer_ext.run_config import TRAIN_OPTIONS, RunConfig
from rl_trainer_ext.runs.config_files import config_from_mapping, mapping_from_config, read_config, write_config
from rl_trainer_ext.system.yaml_files import Where, read_document

TASK = "Isaac-Cartpole-Direct"
EVERYTHING = RunConfig(
    TASK,
    "rsl_rl",
    num_envs=64,
    max_iterations=5,
    seed=-1,
    device="cpu",
    checkpoint="latest",
    log_root="other logs",
    agent="rsl_rl_with_symmetry_cfg_entry_point",
    run_name="1e5",
    experiment_name="null",
    logger="wandb",
    log_project_name="ä: # '",
    video=True,
    video_length=10,
    video_interval=20,
    stop_reward=-2.5,
    stop_patience=40,
    stop_minutes=0.5,
    keep_all_info=True,
    fine_tune=True,
    deterministic=True,
    keep_last_steps=True,
    external=("my_tasks",),
    overrides=("env.sim.dt=0.01", "+env.scene.x=1", "env.name=two words", "physics=newton_mjwarp"),
)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "presets" / "night.yaml"
    write_config(path, EVERYTHING)
    assert read_config(path) == EVERYTHING
    usual = RunConfig(TASK, "sb3")
    write_config(path, usual)
    assert read_config(path) == usual
    assert list(mapping_from_config(usual)) == ["task", "library"]


def test_a_file_has_the_options_of_the_command_line() -> None:
    """Every value that a file can store is an option of ``train``, and means the same there."""
    words: list[str] = []
    for key, value in mapping_from_config(EVERYTHING).items():
        if key == "overrides":
            continue
        words += [f"--{key}"] if value is True else [f"--{key}", value[0] if isinstance(value, list) else str(value)]
    command = command_of(parse(["train", *words, *EVERYTHING.overrides]))
    assert config_from_mapping(mapping_from_config(EVERYTHING), Where(Path("x.yaml"))) == command.config
    assert set(mapping_from_config(EVERYTHING)) <= set(TRAIN_OPTIONS)


def test_a_person_may_write_overrides_as_a_mapping(tmp_path: Path) -> None:
    text = f"""
task: {TASK}
rl_library: rsl_rl
overrides:
  env.sim.dt: 0.01
  physics: newton_mjwarp
  agent:
    actor_hidden: [64, 32]
    run_name: "1.5"
    algorithm: {{gamma: 1e-1, active: yes, none: null}}
"""
    config = read_config(_written(tmp_path / "mine.yml", text))
    assert config.library == "rsl_rl"
    assert config.overrides == (
        "env.sim.dt=0.01",
        "physics=newton_mjwarp",
        "agent.actor_hidden=[64,32]",
        "agent.run_name='1.5'",
        "agent.algorithm.gamma=0.1",
        "agent.algorithm.active=true",
        "agent.algorithm.none=null",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a.yaml is empty"),
        (
            f"task: {TASK}\nnum_env: 5\n",
            "a.yaml, line 2: num_env is no option of rl-trainer train; did you mean num_envs?",
        ),
        (
            f"task: {TASK}\nnum_envs: many\n",
            "a.yaml, line 2: num_envs must be a whole number or null, not the text 'many'",
        ),
        (f"task: {TASK}\nnum_envs: true\n", "line 2: num_envs must be a whole number or null, not true"),
        (f"task: {TASK}\n\nnum_envs: 0\n", "line 3: num_envs: num_envs must be a whole number from 1"),
        (f"task: {TASK}\ndevice: tpu\n", "line 2: device: There is no device 'tpu'"),
        (f"task: {TASK}\nfine_tune: true\n", "line 2: fine_tune: Fine-tuning starts from a checkpoint"),
        (f"task: {TASK}\nrun_name: 5\n", "line 2: run_name must be a text or null, not 5; put it into quotes"),
        (f"task: {TASK}\nvideo: 'on'\n", "line 2: video must be true or false, not the text 'on'"),
        (f"task: {TASK}\noverrides: env.sim.dt=1\n", "line 2: overrides must be a list"),
        (f"task: {TASK}\noverrides:\n  - env.sim.dt=1\n  - 5\n", "line 4: overrides must be a Hydra override"),
        (f"task: {TASK}\noverrides:\n  - env.sim.dt\n", "line 2: overrides: 'env.sim.dt' is not a Hydra override"),
        (f"task: {TASK}\ntask: {TASK}\n", "line 2: task is given twice"),
        (f"task: {TASK}\nlibrary: sb3\nrl_library: sb3\n", "line 3: rl_library is given twice"),
        (f"task: {TASK}\ntrust: true\n", "line 2: trust is no option"),
        ("num_envs: 5\n", "a.yaml names no task"),
        ("- task: x\n", "a.yaml is no preset"),
        ("just words\n", "a.yaml is no preset"),
        (f"task: {TASK}\nnum_envs 5\nseed: 1\n", "a.yaml, line 3 is not valid YAML"),
        (f"task: {TASK}\nseed: [1, 2\n", "a.yaml, line 3 is not valid YAML"),
        (f"version: 2\ntask: {TASK}\n...\n", "a.yaml, line 1: version is 2, and this program reads version 1"),
        (f"version: true\ntask: {TASK}\n...\n", "line 1: version is True"),
        (f"version: 1\ntask: {TASK}\nnum_envs: 4", "a.yaml is cut off"),
        (f"task: {TASK}\nrun_name: !!python/object/apply:os.getcwd []\n", "line 2"),
        (f"? [a, b]\n: 1\ntask: {TASK}\n", "line 1"),
        (f"task: {TASK}\nseed: 2026-01-01\n", "line 2: seed must be a whole number or null, not the text '2026-01-01'"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError) as raised:
        read_config(_written(tmp_path / "a.yaml", text))
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """The end is missing, or a line is no YAML; no cut is taken for a shorter preset."""
    write_config(tmp_path / "whole.yaml", EVERYTHING)
    text = (tmp_path / "whole.yaml").read_text(encoding="utf-8").rstrip()
    for length in range(len("version: 1\n"), len(text), 3):
        with pytest.raises(UserError):
            read_config(_written(tmp_path / "cut.yaml", text[:length]))


def test_files_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"task: \xff\xfe")
    deep = _written(tmp_path / "deep.yaml", "a: " + "[" * 700)
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "bytes.yaml", deep):
        with pytest.raises(UserError, match=path.name):
            read_document(path)
    with pytest.raises(UserError, match="cannot be written"):
        write_config(tmp_path / "bytes.yaml" / "x.yaml", EVERYTHING)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0.1, 1e-5, -3, "", "text", "two words", "1.5", "true", "None", "[1,2]", "it's", 'a "b"', "a\\b"),
        *([1, 2.5], [], [None, True, "a"], {"a": 1}, {"a": {"b": [1]}}, (1.0, 2), (1,), "'quoted'", "\x00"),
    ],
)
def test_isaac_lab_reads_the_value_that_was_written(value: Any) -> None:
    from isaaclab_tasks.utils.hydra import _parse_val

    key, _, text = override_text("env.x", value).partition("=")
    assert key == "env.x"
    assert _parse_val(text) == value
