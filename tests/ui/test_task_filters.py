# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of tasks by family and through filters, and what the panel says about the chosen task."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pytest
from helpers.driver import DOWN, ENTER, UP
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.task_card import TaskCard
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task, TaskDetails

LIBRARIES = ("rsl_rl", "sb3")
FLAT, HAND, REACH, ROVER = "Isaac-Velocity-Flat", "Isaac-Hand-Camera-Direct", "Isaac-Reach", "Rover-Drive"
TASKS = [
    Task(FLAT, LIBRARIES, workflow="manager-based", package="isaaclab_tasks", family="velocity"),
    Task(HAND, ("rsl_rl",), workflow="direct", package="isaaclab_tasks", family="reorient"),
    Task(REACH, ("rsl_rl",), workflow="manager-based", package="isaaclab_tasks", family="reach"),
    Task("Isaac-Reach-OSC", ("rsl_rl",), workflow="manager-based", package="isaaclab_tasks", family="reach"),
    Task(ROVER, LIBRARIES, workflow="manager-based", package="rover_tasks", family="rover"),
]
BY_FAMILY = [ROVER, REACH, "Isaac-Reach-OSC", HAND, FLAT]
CARD = TaskCard(
    about="Walks over flat ground.",
    source="/tasks/flat_env_cfg.py",
    num_envs=4096,
    episode_seconds=20.0,
    episode_steps=1000,
    observations=(("policy", "base_lin_vel, base_ang_vel, joint_pos"),),
    actions=(("joint_pos", "JointPositionAction"),),
    rewards=(("track_lin_vel_xy_exp", 1.0), ("dof_torques_l2", -0.0002)),
    physics=("newton_mjwarp", "physx"),
    presets=(),
    cameras=False,
)


class CardsInMemory:
    """What is known of tasks, as a test says. A double of the process that reads it."""

    def __init__(self) -> None:
        self.serial = 0
        self.progress = ""
        self.known: dict[str, TaskDetails] = {}
        self.wanted = False

    def update(self, catalogue, wanted: bool, idle: bool) -> None:
        self.wanted = wanted

    def get(self, name: str) -> TaskDetails | None:
        return self.known.get(name)

    def learn(self, name: str, problem: str = "", **changes) -> None:
        card = dataclasses.replace(CARD, **changes)
        self.known[name] = TaskDetails(name, "rsl_rl", "cpu", 64, 100, 42, problem, card=card)
        self.serial += 1


@pytest.fixture
def cards() -> CardsInMemory:
    return CardsInMemory()


@pytest.fixture
def shown(show, cards):
    shown = show(idle(catalogue=Catalogue(TASKS)), cards=cards, height=800)
    shown.driver.click("task")
    return shown


def listed(driver) -> list[str]:
    """The tasks in the list, from the top."""
    rows = [widget for widget in driver.widgets() if widget.identifier.startswith("task_label:")]
    return [row.text for row in sorted(rows, key=lambda row: row.screen_position_y)]


def headings(driver) -> list[str]:
    """The headings in the list, from the top; a widget without an identifier answers with its name."""
    top = driver.find("task_list").screen_position_y
    texts = [each for each in driver.widgets() if each.name == each.identifier == "caption"]
    texts = sorted((each.screen_position_y, each.text) for each in texts if each.screen_position_y >= top)
    return [text for _, text in texts]


def marked(driver) -> list[str]:
    rows = [widget for widget in driver.widgets() if widget.identifier.startswith("task:")]
    return [row.identifier.removeprefix("task:") for row in rows if row.selected]


def choose(driver, key: str, index: int) -> None:
    """Chooses an option of a filter."""
    driver.find(f"filter_{key}").model.get_item_value_model().set_value(index)
    driver.tick(4)


def test_the_list_is_grouped_by_family_with_ones_own_tasks_first(shown):
    assert listed(shown.driver) == BY_FAMILY
    assert headings(shown.driver) == ["rover_tasks: rover", "reach", "reorient", "velocity"]


def test_the_keyboard_passes_over_headings(shown):
    driver = shown.driver
    seen = [*marked(driver)]
    for _ in range(len(TASKS)):
        driver.press(DOWN)
        seen += marked(driver)
    assert seen == [*BY_FAMILY, BY_FAMILY[-1]]
    seen = []
    for _ in range(len(TASKS)):
        driver.press(UP)
        seen += marked(driver)
    assert seen == [*BY_FAMILY[-2::-1], ROVER]
    driver.press(DOWN)
    driver.press(ENTER)
    assert driver.text("task_name") == REACH


def test_a_click_on_a_heading_chooses_nothing(shown):
    from omni.ui import testing

    row = shown.driver.find(f"task:{ROVER}")
    x, y = row.screen_position_x + 20, row.screen_position_y - row.computed_height / 2
    shown.driver.act(testing.mouse_click(x, y))
    shown.driver.tick()
    assert shown.driver.shown("task_filter")


def test_typing_keeps_the_headings_of_what_is_found(shown):
    shown.driver.type("reach")
    assert listed(shown.driver) == [REACH, "Isaac-Reach-OSC"]
    assert headings(shown.driver) == ["reach"]
    shown.driver.press(ENTER)
    assert shown.driver.text("task_name") == REACH


def test_filters_are_behind_a_button_and_are_cleared_with_it(shown):
    driver = shown.driver
    assert not driver.shown("filter_workflow")
    driver.click("task_filters")
    assert driver.shown("filter_workflow")
    assert not driver.shown("filter_cameras")  # nothing is known of that yet
    choose(driver, "workflow", 1)
    assert listed(driver) == [HAND]
    assert driver.text("task_count") == "1 of 5 tasks"
    choose(driver, "library", 2)
    assert listed(driver) == []
    assert driver.text("task_empty") == "No task matches."
    driver.click("task_filters")
    assert listed(driver) == BY_FAMILY
    assert not driver.shown("filter_workflow")


def test_what_is_read_in_the_background_filters_and_greys(shown, cards):
    driver = shown.driver
    assert cards.wanted
    cards.progress = "Reading tasks: 3 of 5"
    cards.learn(HAND, physics=("physx",), cameras=True)
    cards.learn(FLAT, problem="Its assets are unreachable.")
    cards.learn(ROVER, physics=("newton_mjwarp",))
    driver.tick(4)
    assert driver.text("task_progress") == "Reading tasks: 3 of 5"
    assert driver.find(f"task_label:{FLAT}").name == "unusable"
    tooltip = driver.find(f"task:{FLAT}").tooltip
    assert tooltip.splitlines()[1] == CARD.about
    assert tooltip.endswith("Its assets are unreachable.")
    driver.click("task_filters")
    for key, index, names in (
        ("physics", 1, [ROVER, FLAT]),
        ("physics", 2, [HAND, FLAT]),
        ("cameras", 1, [HAND]),
        ("cameras", 2, [ROVER, FLAT]),
        ("runs", 1, [ROVER, HAND]),
        ("runs", 2, [FLAT]),
    ):
        choose(driver, key, index)
        assert listed(driver) == names, (key, index)
        choose(driver, key, 0)
    cards.progress = ""
    driver.tick()
    assert not driver.shown("task_progress")


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One of the tasks is registered, with sources in a folder; nothing of it is imported."""
    folder = tmp_path / "own_filtered"
    folder.mkdir()
    for name in ("__init__", "env", "cfg", "agents"):
        (folder / f"{name}.py").write_text("\n\nclass One: ...\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    parts = {"env_cfg_entry_point": "cfg", "rsl_rl_cfg_entry_point": "agents", "sb3_cfg_entry_point": "none"}
    kwargs = {key: f"own_filtered.{module}:One" for key, module in parts.items()}
    gymnasium.register(FLAT, "own_filtered.env:One", kwargs=kwargs)
    yield folder
    del gymnasium.registry[FLAT]


def test_the_card_of_the_chosen_task_is_folded_and_then_says_it_all(show, cards, registered):
    cards.learn(FLAT)
    opened: list[str] = []

    def open_file(path: Path, line: int = 1) -> str:
        opened.append(f"{path}:{line}")
        return ""

    settings = SettingsInMemory(task=FLAT, library="rsl_rl")
    shown = show(idle(catalogue=Catalogue(TASKS)), cards=cards, settings=settings, height=800, open_file=open_file)
    driver = shown.driver
    assert not driver.shown("card_rewards")
    section = driver.find("section_about")
    section.collapsed = False
    driver.tick(4)
    assert driver.text("card_about") == CARD.about
    assert driver.text("card_episode") == "20 s, 1,000 steps"
    assert driver.text("card_rewards") == "track_lin_vel_xy_exp 1, dof_torques_l2 -0.0002"
    assert driver.find("edit_environment").tooltip.endswith(f"\n{registered / 'env.py'}:3")
    (registered / "env.py").write_text("class One: ...\n", encoding="utf-8")  # lines move while the user edits
    for part in ("environment", "configuration", "agent"):
        driver.click(f"edit_{part}")
    assert opened == [f"{registered / 'env.py'}:1", f"{registered / 'cfg.py'}:3", f"{registered / 'agents.py'}:3"]
    driver.choose("library", "Stable-Baselines3")
    driver.tick(3)
    assert not driver.find("edit_agent").enabled
    assert driver.find("edit_agent").tooltip == "No source is found for the agent's configuration."
    driver.click("task")
    driver.type("rover")
    driver.press(ENTER)
    assert not driver.shown("edit_environment")  # it is not registered here
    assert driver.text("card_workflow") == "manager-based"


def test_an_editor_that_cannot_be_opened_is_a_sentence(show, cards, registered):
    def refuse(path: Path, line: int = 1) -> str:
        if path.name == "cfg.py":
            return f"No editor can be opened here: {path}:{line} is on the clipboard."
        raise UserError(f"No editor can be opened here: the place is {path}:{line}")

    cards.learn(FLAT)
    settings = SettingsInMemory(task=FLAT, section_about=False)
    driver = show(idle(catalogue=Catalogue(TASKS)), cards=cards, settings=settings, height=800, open_file=refuse).driver
    driver.click("edit_environment")
    assert driver.text("card_problem") == f"No editor can be opened here: the place is {registered / 'env.py'}:3"
    driver.click("edit_configuration")
    assert driver.text("card_problem").endswith("cfg.py:3 is on the clipboard.")
    (registered / "env.py").unlink()
    driver.click("edit_environment")
    assert driver.text("card_problem") == "The source is gone."


@pytest.mark.parametrize("width", [320, 480, 700])
def test_card_and_filters_stay_inside_the_panel(show, cards, registered, tmp_path, width):
    cards.learn(FLAT, about="A long description of what it does. " * 6, source=f"/{'long_folder/' * 12}flat_env_cfg.py")
    settings = SettingsInMemory(task=FLAT, section_about=False)
    shown = show(idle(catalogue=Catalogue(TASKS)), cards=cards, settings=settings, width=width, open_file=print)
    shown.driver.reveal("edit_agent")
    shown.driver.screenshot(tmp_path / f"card_{width}.png")
    shown.driver.click("task")
    shown.driver.click("task_filters")
    right = shown.window.frame.screen_position_x + width
    for identifier in ("card_about", "card_rewards", "card_source", "edit_agent", "filter_workflow", "task_filters"):
        widget = shown.driver.find(identifier)
        assert widget.screen_position_x + widget.computed_width <= right, identifier
