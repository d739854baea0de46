# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The options that are folded away: names of folders, deterministic, keep all info."""

from __future__ import annotations

import pytest
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Play, Train

SB3 = "Stable-Baselines3"


@pytest.fixture
def shown(show):
    return show(settings=SettingsInMemory(task="Isaac-Cartpole", section_advanced=False))


def trained(shown) -> RunConfig:
    """Clicks Train; what was sent."""
    shown.driver.click("train")
    return shown.trainer.of(Train)[-1].config


def test_they_are_folded_at_first(show):
    shown = show(settings=SettingsInMemory(task="Isaac-Cartpole"))
    assert shown.driver.find("section_advanced").collapsed
    config = trained(shown)
    assert (config.run_name, config.experiment_name, config.deterministic, config.keep_all_info) == (
        *(None, None),
        *(False, False),
    )


@pytest.mark.parametrize("task", ["Isaac-Cartpole", "", "Isaac-Unknown"])
def test_an_empty_field_says_what_empty_means(show, task):
    import omni.ui as ui
    from rl_trainer_ext.run_config import EVAL_EPISODES

    shown = show(settings=SettingsInMemory(task=task, section_advanced=False, video=True), width=320)
    fields = [one for one in shown.driver.widgets() if isinstance(one, ui.StringField)]
    assert {"run_name", "stop_reward", "eval_interval", "video_length", "overrides"} < {
        one.identifier for one in fields
    }
    for field in fields:
        if not field.model.as_string:
            assert shown.driver.shown(f"{field.identifier}_placeholder"), field.identifier
            assert shown.driver.text(f"{field.identifier}_placeholder"), field.identifier
    assert shown.driver.text("stop_reward_placeholder") == "never"
    assert shown.driver.text("eval_episodes") == str(EVAL_EPISODES)
    if task == "Isaac-Cartpole":
        assert trained(shown).eval_episodes is None  # what only follows is no part of the command


def test_names_are_sent_and_wrong_ones_are_one_sentence(shown):
    shown.driver.write("run_name", "with a lighter pole")
    shown.driver.write("experiment_name", "poles")
    assert (trained(shown).run_name, trained(shown).experiment_name) == ("with a lighter pole", "poles")
    shown.driver.click("play")
    assert shown.trainer.of(Play)[-1].config.experiment_name == "poles"
    sent = len(shown.trainer.of(Train))
    for field, wrong, part in (
        ("run_name", "a/b", "run_name=a/b cannot name a run's folder: it names one folder below the log root"),
        ("experiment_name", ".hidden", "experiment_name=.hidden cannot name a run's folder: it must not start with"),
    ):
        shown.driver.write(field, wrong)
        shown.driver.click("train")
        assert part in shown.driver.text("error_message")
        shown.driver.write(field, "")
    assert len(shown.trainer.of(Train)) == sent


def test_a_library_shows_what_it_has_a_use_for(shown):
    assert shown.driver.shown("experiment_name")
    assert not shown.driver.shown("keep_all_info")
    shown.driver.write("experiment_name", "poles")
    shown.driver.choose("library", SB3)
    assert not shown.driver.shown("experiment_name")
    shown.driver.click("keep_all_info")
    assert (trained(shown).experiment_name, trained(shown).keep_all_info) == (None, True)
    shown.driver.choose("library", "RSL-RL")
    assert not shown.driver.shown("keep_all_info")
    assert (trained(shown).experiment_name, trained(shown).keep_all_info) == ("poles", False)


def test_what_a_command_asks_for_is_for_the_trainer_to_refuse(shown):
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "sb3", experiment_name="poles"))
    shown.driver.tick()
    assert trained(shown).experiment_name == "poles"
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "rsl_rl", keep_all_info=True))
    shown.driver.tick()
    assert trained(shown).keep_all_info
    shown.driver.choose("library", SB3)
    shown.driver.choose("library", "RSL-RL")
    assert not trained(shown).keep_all_info


def test_the_logger_is_a_list_where_the_library_has_one(shown):
    assert shown.driver.options("logger") == ["default", "tensorboard", "wandb", "neptune"]
    assert not shown.driver.shown("log_project_name")
    assert (trained(shown).logger, trained(shown).log_project_name) == (None, None)
    shown.driver.choose("logger", "wandb")
    shown.driver.write("log_project_name", "poles")
    assert (trained(shown).logger, trained(shown).log_project_name) == ("wandb", "poles")
    shown.driver.choose("logger", "tensorboard")
    assert (trained(shown).logger, trained(shown).log_project_name) == ("tensorboard", None)
    shown.driver.choose("library", SB3)
    assert not shown.driver.shown("logger")
    assert trained(shown).logger is None
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "rsl_rl", logger="wandb", log_project_name="poles"))
    shown.driver.tick()
    assert (trained(shown).logger, trained(shown).log_project_name) == ("wandb", "poles")


def test_they_are_remembered(show, shown):
    shown.driver.write("run_name", "light")
    shown.driver.click("deterministic")
    sent = trained(shown)
    assert (sent.run_name, sent.deterministic) == ("light", True)
    shown.panel.destroy()
    shown.window.visible = False
    assert trained(show(settings=shown.settings)) == sent


def test_evaluations_of_a_training_are_numbers_and_a_playback_has_none(shown):
    def asked(config: RunConfig) -> tuple[int | None, ...]:
        return config.eval_interval, config.eval_episodes

    shown.driver.write("eval_interval", "50")
    shown.driver.write("eval_episodes", "20")
    assert asked(trained(shown)) == (50, 20)
    shown.driver.click("play")
    assert asked(shown.trainer.of(Play)[-1].config) == (None, None)
    shown.driver.write("eval_interval", "0")
    shown.driver.click("train")
    assert shown.driver.text("error_message") == "Evaluate every must be a whole number at least 1, not 0."


def test_rules_that_end_a_training_are_numbers_and_a_playback_has_none(shown):
    def rules(config: RunConfig) -> tuple[float | None, ...]:
        return config.stop_reward, config.stop_patience, config.stop_minutes

    assert rules(trained(shown)) == (None, None, None)
    for field, text in (("stop_reward", "-2.5"), ("stop_patience", "1,000"), ("stop_minutes", "0.5")):
        shown.driver.write(field, text)
    assert rules(trained(shown)) == (-2.5, 1000, 0.5)
    shown.driver.click("play")
    assert rules(shown.trainer.of(Play)[-1].config) == (None, None, None)
    sent = len(shown.trainer.of(Train))
    for field, wrong, sentence in (
        ("stop_reward", "nan", "Stop at reward must be a number, not nan."),
        ("stop_patience", "1.5", "Stop patience must be a whole number, not '1.5'."),
        ("stop_minutes", "0", "Stop after must be a positive number, not 0.0."),
        ("stop_minutes", "soon", "Stop after must be a number, not 'soon'."),
    ):
        shown.driver.write(field, wrong)
        assert shown.driver.find(field).name == "invalid"
        shown.driver.click("train")
        assert shown.driver.text("error_message") == sentence
        shown.driver.write(field, "")
    assert len(shown.trainer.of(Train)) == sent
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "rsl_rl", stop_patience=20))
    shown.driver.tick()
    assert rules(trained(shown)) == (None, 20, None)
