# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A replay in the panel: how it is begun, its slider, buttons and keys. The trainer is a double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.driver import PERIOD
from helpers.recording_trainer import idle
from helpers.runs_on_disk import OLD, make_run
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import kept_steps
from rl_trainer_ext.runs.kept_steps import KeptSteps
from rl_trainer_ext.training.commands import Replay, ShowStep, Step, Unpause
from rl_trainer_ext.training.snapshot import Failure, PreviewActions, ReplayView, RunView, State

SENTENCE = "In step 130, observation 'policy', column 3 of environment 5 (term 'joint_vel_rel') is not finite (nan)."
COMMA, SPACE = 44, 32


def write_steps(folder: Path) -> Path:
    """Writes a file of three steps."""
    file = folder / kept_steps.FOLDER / "step_130_env_5.npz"
    values = {"reward": np.array([0.5, 0.25, np.nan])}
    config = RunConfig("Isaac-Cartpole", "rsl_rl", num_envs=16, overrides=("env.sim.dt=0.01",))
    kept = KeptSteps("Isaac-Cartpole", 5, 16, SENTENCE, np.arange(128, 131), values, config=config)
    kept_steps.write(file, kept)
    return file


def replayed(index: int, bad: tuple[str, ...] = (), note: str = "") -> Any:
    """The snapshot of a replay of the steps 31 to 130 that pauses."""
    view = ReplayView(Path("step_130_env_5.npz"), tuple(range(31, 131)), index, bad, SENTENCE, note)
    run = RunView(RunConfig("Isaac-Cartpole", "rsl_rl"), playing=True, preview=PreviewActions.ZERO, replay=view)
    return idle(state=State.PAUSED, status="running", run=run)


@pytest.mark.parametrize("width", [720, 320])
def test_the_failure_begins_the_replay_and_the_row_shows_its_steps(show: Any, tmp_path: Path, width: int) -> None:
    file = write_steps(tmp_path)
    focused: list[bool] = []
    words, model = f"Diverged at iteration 8: {SENTENCE}", tmp_path / "model_7.pt"
    failure = Failure(words, "Traceback", checkpoint=model, kept_steps=file)
    shown = show(idle(failure=failure), width=width, show_terms=lambda: focused.append(True))
    driver = shown.driver
    driver.screenshot(tmp_path / f"failure_{width}.png")
    assert not driver.shown("replay")
    driver.click("error_replay")
    driver.tick(3)
    (command,) = shown.trainer.of(Replay)
    assert (command.file, command.config.task, command.config.num_envs) == (file, "Isaac-Cartpole", 1)
    assert command.config.overrides == ("env.sim.dt=0.01",)

    shown.trainer.serve(**vars(replayed(99, ("observation/policy: joint_vel_rel[1]",))))
    driver.tick(3)
    driver.screenshot(tmp_path / f"replay_{width}.png")
    assert driver.text("state") == "Replay paused"
    assert not driver.shown("preview_actions")
    assert driver.find("replay_step").model.as_int == 130
    assert driver.text("replay_bad") == "Not finite in this step: observation/policy: joint_vel_rel[1]."
    for widget in driver.widgets():
        if widget.identifier.startswith("replay"):
            assert widget.screen_position_x + widget.computed_width <= width + 1, widget.identifier

    driver.find("replay_step").model.set_value(41)  # as a drag of the slider
    driver.tick(3)
    driver.click("replay_previous")
    driver.click("replay_terms")
    driver.tick(2)
    assert focused == [True]
    driver.click("state")
    for key in (PERIOD, COMMA, SPACE):
        driver.press(key)
    assert shown.trainer.of(ShowStep) == [ShowStep(10), ShowStep(98), ShowStep(98)]
    assert (len(shown.trainer.of(Step)), len(shown.trainer.of(Unpause))) == (1, 1)

    shown.trainer.serve(**vars(replayed(0)))
    driver.tick(3)
    driver.click("replay_previous")
    assert shown.trainer.of(ShowStep)[-1] == ShowStep(0)
    assert not driver.shown("replay_bad")
    assert driver.text("replay_sentence") == SENTENCE
    names = tuple(f"state/robot[{n}]" for n in range(9))
    shown.trainer.serve(**vars(replayed(99, names, "The robot is drawn as in step 129.")))
    driver.tick(3)
    assert driver.text("replay_bad").endswith("state/robot[3]; 5 more. The robot is drawn as in step 129.")
    shown.trainer.serve(**vars(idle()))
    driver.tick(3)
    assert not driver.shown("replay")


def test_a_file_that_is_damaged_meanwhile_is_one_sentence(show: Any, tmp_path: Path) -> None:
    file = write_steps(tmp_path)
    shown = show(idle(failure=Failure("Diverged.", "Traceback", kept_steps=file)))
    file.write_bytes(file.read_bytes()[:200])
    shown.driver.click("error_replay")
    shown.driver.tick(3)
    assert not shown.trainer.of(Replay)
    assert "holds no steps of an environment" in shown.driver.text("error_message")


@pytest.mark.parametrize("width", [720, 320])
def test_the_run_browser_replays_a_run_that_has_steps(browse: Any, tmp_path: Path, width: int) -> None:
    root = tmp_path / "logs"
    make_run(root, "2026-09-21_10-00-00", created=OLD)
    file = write_steps(make_run(root, "2026-09-22_10-00-00", created=OLD + 60))
    browsed = browse(width=width, root=root)
    driver = browsed.driver
    browsed.click_row(1)
    driver.tick(4)
    assert not driver.shown("run_replay")
    browsed.click_row(0)
    driver.tick(40)
    driver.screenshot(tmp_path / f"runs_{width}.png")
    driver.click("run_replay")
    driver.tick(3)
    assert [each.file for each in browsed.trainer.of(Replay)] == [file]
    browsed.trainer.serve(state=State.TRAINING)
    driver.tick(3)
    driver.click("run_replay")
    driver.tick(3)
    assert browsed.message() == "A run is being trained: stop it first."
    browsed.trainer.serve(state=State.IDLE)
    file.unlink()  # a click before the button has vanished
    browsed.browser._with_run(browsed.browser._replay)
    driver.tick(3)
    assert browsed.message() == "The last steps of this run are gone: their file was deleted."
    assert len(browsed.trainer.of(Replay)) == 1
