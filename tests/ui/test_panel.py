# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The panel as a whole: what its buttons ask for, and what it shows of the trainer."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from helpers.counting import calls
from helpers.driver import Driver
from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle, learning_metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import DismissFailure, Pause, Play, Stop, Train, Trust, Unpause
from rl_trainer_ext.training.snapshot import Failure, Snapshot, State

CONFIG = RunConfig("Isaac-Cartpole-Direct", "sb3", num_envs=64, max_iterations=5, seed=7, device="cpu")


@pytest.fixture
def training(show):
    return show(
        idle(
            state=State.TRAINING,
            config=CONFIG,
            run_dir=Path("/home/someone/logs/sb3/cartpole/2026-11-20_08-00-00"),
            iteration=37,
            total_iterations=300,
            steps=123_456,
            steps_per_second=98_234.5,
            elapsed=727.0,
            eta=3_661.0,
            metrics=learning_metrics(38),
        ),
        settings=SettingsInMemory(task="Isaac-Cartpole-Direct"),
    )


def test_loading_says_what_is_being_done(show):
    shown = show(Snapshot(activity="Importing Isaac Lab's tasks…"))
    assert shown.driver.text("state") == "Importing Isaac Lab's tasks…"
    assert shown.driver.text("activity") == ""
    assert shown.driver.text("task_name") == "Loading tasks…"


def test_progress_is_shown_in_numbers(training):
    text = training.driver.text
    assert text("state") == "Training"
    assert text("progress_text") == "iteration 37 of 300"
    assert (text("elapsed"), text("eta"), text("steps_per_second")) == ("12:07", "1:01:01", "98,234")
    assert text("run_dir") == "/home/someone/logs/sb3/cartpole/2026-11-20_08-00-00"
    bar = training.driver.find("progress")
    assert bar.computed_width == pytest.approx(37 / 300 * training.driver.find("progress_track").computed_width, abs=2)


def test_nothing_remains_of_a_run_that_is_over(training):
    training.trainer.serve(state=State.IDLE, status="stopped")
    training.driver.tick()
    text = training.driver.text
    assert (text("state"), text("progress_text"), text("eta")) == ("Stopped", "iteration 37 of 300", "-")


def test_a_playback_counts_steps_and_names_its_checkpoint(training):
    training.trainer.serve(state=State.PLAYING, playing=True, total_steps=200_000, checkpoint=Path("/x/model_299.pt"))
    training.driver.tick()
    assert training.driver.text("progress_text") == "step 123,456 of 200,000"
    assert training.driver.text("status_checkpoint") == "/x/model_299.pt"
    training.trainer.serve(total_steps=0)
    training.driver.tick()
    assert training.driver.text("progress_text") == "step 123,456"


@pytest.mark.parametrize(("status", "word"), [("", "Ready"), ("finished", "Finished"), ("failed", "Failed")])
def test_an_idle_trainer_says_how_the_last_run_ended(show, status, word):
    assert show(idle(status=status)).driver.text("state") == word


def test_pause_continue_and_stop_are_requested(training):
    training.driver.click("pause")
    training.trainer.serve(state=State.PAUSED)
    training.driver.tick()
    assert training.driver.text("state") == "Training paused"
    training.driver.click("pause")
    training.driver.click("stop")
    assert [type(command) for command in training.trainer.commands if not hasattr(command, "task")] == [
        Pause,
        Unpause,
        Stop,
    ]


def test_a_disabled_button_asks_for_nothing(training):
    training.driver.click("train")
    training.driver.click("play")
    assert training.trainer.of(Train) + training.trainer.of(Play) == []


def test_a_failure_is_one_sentence_with_the_traceback_behind_it(show):
    shown = show(idle(failure=Failure("The GPU is full: use fewer environments.", "Traceback\n  line 1\nError")))
    assert shown.driver.text("error_message") == "The GPU is full: use fewer environments."
    assert not shown.driver.shown("error_text")
    shown.driver.click("error_details")
    assert shown.driver.shown("error_text")
    assert shown.driver.text("error_text") == "Traceback\n  line 1\nError"
    shown.driver.click("error_details")
    assert not shown.driver.shown("error_text")
    shown.driver.click("error_dismiss")
    assert shown.trainer.of(DismissFailure) == [DismissFailure()]
    shown.trainer.serve(failure=None)
    shown.driver.tick()
    assert not shown.driver.shown("failure")


@pytest.mark.parametrize("width", [320, 420])
def test_a_file_that_could_run_code_is_trusted_in_the_message_and_nothing_else_is(show, width):
    sentence = (
        "/home/someone/model_4.pt is not loaded because it could run code: it holds more than numbers (os.system)."
    )
    shown = show(idle(failure=Failure(sentence)), width=width)
    assert not shown.driver.shown("error_trust")
    shown.trainer.serve(failure=Failure(sentence, untrusted="0a1b"))
    shown.driver.tick()
    shown.driver.click("error_trust")
    assert shown.trainer.of(Trust) == [Trust("0a1b")]
    button, dismiss = shown.driver.find("error_trust"), shown.driver.find("error_dismiss")
    assert button.screen_position_x + button.computed_width <= dismiss.screen_position_x
    shown.trainer.serve(failure=Failure("Another."))
    shown.driver.tick()
    assert not shown.driver.shown("error_trust")


@pytest.mark.parametrize("width", [320, 420])
def test_the_checkpoint_that_a_divergence_leaves_is_chosen_in_the_message(show, width):
    sentence = "Diverged at iteration 6: the reward of environment 5 is not finite (nan)."
    shown = show(idle(config=CONFIG, failure=Failure(sentence, "Traceback")), width=width)
    assert not shown.driver.shown("error_choose")
    checkpoint = Path("/runs/model_5.pt")
    shown.trainer.serve(failure=Failure(sentence, "Traceback", checkpoint=checkpoint))
    shown.driver.tick()
    button, dismiss = shown.driver.find("error_choose"), shown.driver.find("error_dismiss")
    assert button.screen_position_x + button.computed_width <= dismiss.screen_position_x
    assert dismiss.screen_position_x + dismiss.computed_width <= width
    shown.driver.click("error_choose")
    assert shown.driver.text("checkpoint") == "/runs/model_5.pt"
    shown.driver.click("play")
    shown.driver.click("train")
    (played,), (trained,) = shown.trainer.of(Play), shown.trainer.of(Train)
    assert (played.config.checkpoint, trained.config.checkpoint) == (str(checkpoint), str(checkpoint))
    assert trained.config.task == CONFIG.task


def test_a_long_failure_is_wrapped_into_the_panel(show):
    sentence = "Something went wrong in a way that takes many words to tell. " * 5
    narrow, wide = show(idle(failure=Failure(sentence)), width=320), show(idle(failure=Failure(sentence)), width=700)
    box = narrow.driver.find("error_message")
    assert box.screen_position_x + box.computed_width <= 320
    assert box.computed_height > wide.driver.find("error_message").computed_height


def test_good_news_are_shown(training):
    assert not training.driver.shown("notice")
    training.trainer.serve(notice="Saved as model_300.zip.")
    training.driver.tick()
    assert training.driver.shown("notice")


def test_a_configuration_from_the_command_line_takes_the_way_of_the_button(show):
    shown = show()
    shown.panel.set_config(CONFIG.replace(log_root="/elsewhere", agent="sb3_special", overrides=("a.b=c d",)))
    assert shown.panel.press_train()
    assert shown.trainer.of(Train) == [
        Train(CONFIG.replace(log_root="/elsewhere", agent="sb3_special", overrides=("a.b=c d",)))
    ]
    shown.driver.tick()
    assert shown.driver.text("task_name") == "Isaac-Cartpole-Direct"
    assert shown.driver.chosen("library") == "Stable-Baselines3"
    assert [shown.driver.text(name) for name in ("num_envs", "max_iterations", "seed")] == ["64", "5", "7"]
    assert shown.driver.chosen("device") == "cpu"


def test_a_playback_from_the_command_line_too(show):
    shown = show()
    config = CONFIG.replace(checkpoint="model_10.zip", num_steps=100, speed=3.0)
    shown.panel.set_config(config, playing=True)
    assert shown.panel.press_play()
    assert shown.trainer.of(Play) == [Play(config)]
    shown.driver.tick()
    assert not shown.driver.find("resume_from").model.as_bool
    assert shown.driver.chosen("speed") == "3x real time"


def test_while_loading_a_press_waits_for_the_tasks(show):
    shown = show(Snapshot())
    shown.panel.set_config(CONFIG)
    assert shown.panel.press_train()
    shown.driver.tick(10)
    assert shown.trainer.of(Train) == []
    shown.trainer.served = idle()
    shown.driver.tick()
    assert shown.trainer.of(Train) == [Train(CONFIG)]


def test_while_loading_a_wrong_value_is_refused_at_once(show):
    shown = show(Snapshot())
    shown.panel.set_config(CONFIG.replace(num_envs=0))
    assert not shown.panel.press_train()
    assert shown.panel.message == "Environments must be a whole number from 1 to 1,000,000, not 0."


def test_what_the_command_line_asks_for_is_left_to_the_trainer_to_refuse(show):
    shown = show()
    config = CONFIG.replace(task="Isaac-Unheard-Of", device="cuda:7")
    shown.panel.set_config(config)
    shown.driver.tick()
    assert shown.panel.press_train()
    assert shown.trainer.of(Train) == [Train(config)]


def test_a_busy_trainer_is_not_asked(training):
    assert not training.panel.press_train()
    assert training.trainer.of(Train) == []


def test_another_task_forgets_the_agent_of_the_command_line(show):
    shown = show()
    shown.panel.set_config(CONFIG.replace(agent="sb3_special"))
    shown.driver.tick()
    shown.driver.click("task")
    shown.driver.click("task:Isaac-Ant")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[0].config.agent is None


def test_new_runs_are_written_below_the_log_root_of_the_host(show):
    shown = show(settings=SettingsInMemory(task="Isaac-Ant"), log_root="/data/logs")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[0].config.log_root == "/data/logs"


def test_destroy_leaves_nothing(show):
    shown = show()
    assert "train" in shown.driver.identifiers()
    shown.panel.destroy()
    assert shown.driver.identifiers() == set()


def test_a_destroyed_panel_is_collected(omni_ui):
    from rl_trainer_ext.ui.panel.panel import Panel

    window = omni_ui.Window("Collected", width=420, height=600)
    trainer = RecordingTrainerDouble(idle(metrics=learning_metrics(3)))
    panel = Panel(window.frame, trainer, SettingsInMemory(task="Isaac-Ant", scalars=["Loss/value"]))
    driver = Driver(window.frame, panel.update)
    driver.tick()
    alive = weakref.ref(panel)
    panel.destroy()
    del panel, driver
    gc.collect()
    window.destroy()
    assert alive() is None


@pytest.mark.parametrize("width", [320, 420, 700])
def test_everything_fits_the_width_of_the_dock(training, show, width):
    shown = show(training.trainer.served, width=width, settings=SettingsInMemory(task="Isaac-Cartpole-Direct"))
    shown.driver.tick(10)
    edge = shown.window.frame.screen_position_x + shown.window.frame.computed_width
    wide = [
        (type(widget).__name__, widget.identifier)
        for widget in shown.driver.widgets()
        if widget.screen_position_x + widget.computed_width > edge + 1
    ]
    assert wide == []


def test_every_widget_that_takes_input_has_a_tooltip_and_an_identifier(training):
    inputs = ("StringField", "ComboBox", "CheckBox", "Button")
    for widget in training.driver.widgets():
        if type(widget).__name__ in inputs:
            assert widget.identifier, type(widget).__name__
            assert widget.tooltip, widget.identifier


def test_an_update_without_news_costs_little(training):
    training.driver.tick(20)
    for _ in range(20):
        training.clock[0] += 1 / 30
        assert calls(training.panel.update) < 150  # a redraw of one curve takes more


def test_what_the_command_line_alone_can_ask_for_ends_with_the_first_change(show):
    shown = show()
    shown.panel.set_config(CONFIG.replace(agent="sb3_special", num_steps=100))
    shown.driver.tick()
    shown.driver.click("play")
    shown.driver.choose("library", "RSL-RL")
    shown.driver.click("play")
    asked = [(play.config.agent, play.config.num_steps) for play in shown.trainer.of(Play)]
    assert asked == [("sb3_special", 100), (None, None)]


def test_the_traceback_can_be_copied(show, omni_ui):
    from omni.ui import testing

    shown = show(idle(failure=Failure("It broke.", "Traceback\n  line 1\nError")))
    testing.set_clipboard_text("")
    shown.driver.click("error_details")
    shown.driver.click("error_text")
    shown.driver.copy_all()
    assert testing.get_clipboard_text() == "Traceback\n  line 1\nError"


def test_a_run_that_waits_for_room_says_so_until_there_is_room(training):
    training.trainer.serve(state=State.PAUSED, held="The disk is full: /logs needs 0.6 MB. Make room there.")
    training.driver.tick()
    assert training.driver.text("error_message").startswith("The disk is full")
    assert not training.driver.shown("error_dismiss")
    assert training.driver.text("pause") == "Continue"
    training.trainer.serve(state=State.TRAINING, held="")
    training.driver.tick()
    assert not training.driver.shown("failure")


def test_the_bar_of_a_resumed_training_begins_empty(training):
    training.trainer.serve(start_iteration=37)
    training.driver.tick()
    assert training.driver.text("progress_text") == "iteration 37 of 300"
    assert not training.driver.shown("progress")
