# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keys of the extension's windows beside the hotkeys of all of Kit."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import hotkeys_stand_in
import pytest
import stand_ins
from inside_fixtures import TITLE, Person, enable_without_visualizer
from kernel import EXTENSION, Kernel

HOTKEYS = "omni.kit.hotkeys.core"
RUNS_TITLE = "RL Trainer Runs"
CONTROL = 2


def keyboard(name: str) -> Any:
    """A key by the name that Kit has for it."""
    import carb.input

    return getattr(carb.input.KeyboardInput, name)


@pytest.fixture
def hotkeys(isaac_sim: SimpleNamespace) -> Iterator[hotkeys_stand_in.HotkeyRegistryDouble]:
    stand_in = hotkeys_stand_in.HotkeysStandIn(isaac_sim.actions.registry)
    stand_ins.install(HOTKEYS, stand_in)
    yield stand_in.registry
    stand_ins.remove(HOTKEYS)


def test_keys_of_the_windows_do_not_reach_global_hotkeys(
    isaac_sim: SimpleNamespace, hotkeys: hotkeys_stand_in.HotkeyRegistryDouble, kit: Kernel
) -> None:
    of_the_stage: list[str] = []
    menu = {
        "delete": (keyboard("DEL"), 0),
        "undo": (keyboard("Z"), CONTROL),
        "select_all": (keyboard("A"), CONTROL),
        "rename": (keyboard("F2"), 0),
        "select_parent": (keyboard("UP"), 0),
    }
    for name, (key, modifiers) in menu.items():
        isaac_sim.actions.registry.register_action("menu", name, lambda name=name: of_the_stage.append(name))
        hotkeys.register_hotkey("menu", hotkeys_stand_in.KeyCombination(key, modifiers), "menu", name)
    enable_without_visualizer(kit)
    person = Person(kit)
    person.until_state("IDLE")
    heard: list[tuple[int, int, bool]] = []
    runs = kit.host.runs
    runs.toggle()
    kit.frames(3)
    browser = runs._content
    browser.key_pressed = lambda *key: heard.append(key)
    for key, modifiers in menu.values():
        hotkeys.press(key, modifiers, RUNS_TITLE)
    assert of_the_stage == []
    assert len(heard) == len(menu)
    for key, modifiers in menu.values():
        hotkeys.press(key, modifiers, "Viewport")
    assert of_the_stage == list(menu)
    assert len(heard) == len(menu)
    del browser.key_pressed
    runs.toggle()
    kit.enable(False)
    assert [hotkey.hotkey_ext_id for hotkey in hotkeys.hotkeys] == ["menu"] * len(menu)
    assert {extension for extension, _ in isaac_sim.actions.registry.actions} == {"menu"}
    kit.frames(2)
    assert kit.errors() == []


def test_space_over_the_panel_pauses_the_run_and_not_the_timeline_as_well(
    isaac_sim: SimpleNamespace, hotkeys: hotkeys_stand_in.HotkeyRegistryDouble, kit: Kernel
) -> None:
    toolbar: list[str] = []
    isaac_sim.actions.registry.register_action("toolbar", "play", lambda: toolbar.append("play"))
    hotkeys.register_hotkey("toolbar", hotkeys_stand_in.KeyCombination(keyboard("SPACE"), 0), "toolbar", "play")
    enable_without_visualizer(kit)
    Person(kit).until_state("IDLE")
    asked: list[str] = []
    kit.host.trainer.request = lambda command: asked.append(type(command).__name__)
    for name in ("SPACE", "PERIOD", "RIGHT"):
        hotkeys.press(keyboard(name), 0, TITLE)
    del kit.host.trainer.request
    assert asked == ["Pause", "Step", "Step"]
    assert toolbar == []
    kit.enable(False)
    kit.frames(2)
    assert kit.errors() == []


def test_a_key_acts_once_whether_kit_or_omni_ui_tells(
    isaac_sim: SimpleNamespace, hotkeys: hotkeys_stand_in.HotkeyRegistryDouble, kit: Kernel
) -> None:
    enable_without_visualizer(kit)
    person = Person(kit)
    person.until_state("IDLE")
    before = person.until_state("IDLE").render_mode
    person.driver.press(ord("V"))  # omni.ui's part of a press; Kit's is the next line
    assert person.until_state("IDLE").render_mode is before
    hotkeys.press(keyboard("V"), 0, TITLE)
    kit.frames(2)
    changed = person.until_state("IDLE").render_mode
    assert changed is not before
    person.driver.click("max_iterations")  # a text field has the keyboard
    hotkeys.press(keyboard("V"), 0, TITLE)
    kit.frames(2)
    assert person.until_state("IDLE").render_mode is changed
    person.driver.write("max_iterations", "3")
    kit.enable(False)
    assert hotkeys.hotkeys == []
    kit.frames(2)
    assert kit.errors() == []


def test_a_key_that_the_user_has_taken_for_something_else_still_works_by_omni_ui(
    isaac_sim: SimpleNamespace, hotkeys: hotkeys_stand_in.HotkeyRegistryDouble, kit: Kernel
) -> None:
    hotkeys.register_hotkey(
        "user",
        hotkeys_stand_in.KeyCombination(keyboard("V")),
        "user",
        "something",
        filter=hotkeys_stand_in.HotkeyFilter(windows=[TITLE]),
    )
    enable_without_visualizer(kit)
    person = Person(kit)
    before = person.until_state("IDLE").render_mode
    person.driver.press(ord("V"))
    kit.frames(2)
    assert person.until_state("IDLE").render_mode is not before
    kit.enable(False)
    assert [hotkey.hotkey_ext_id for hotkey in hotkeys.hotkeys] == ["user"]
    assert not any(extension == EXTENSION for extension, _ in isaac_sim.actions.registry.actions)
    kit.frames(2)
    assert kit.errors() == []


def test_text_goes_to_kits_clipboard_and_a_kit_without_one_says_so(enabled: Kernel) -> None:
    from rl_trainer_ext.errors import UserError
    from rl_trainer_ext.hosts.kit.services import KitDesktop

    with pytest.raises(UserError, match=r"This Kit has no clipboard: enable the extension omni.kit.clipboard"):
        KitDesktop().paste()
    stand_ins.install("omni.kit.clipboard", stand_ins.ClipboardStandIn())
    try:
        KitDesktop().copy("env.sim.dt=0.01")
        assert KitDesktop().paste() == "env.sim.dt=0.01"
    finally:
        stand_ins.remove("omni.kit.clipboard")
