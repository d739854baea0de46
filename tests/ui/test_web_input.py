# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What viewers send reaches omni.ui, and its pictures reach them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.drawing import drawn
from helpers.driver import SCREEN, Driver
from PIL import Image
from rl_trainer_ext.hosts.web.bridge import Bridge
from rl_trainer_ext.hosts.web.messages import Key, MouseButton, MouseMoved, MouseWheel, Paste, ReleaseAll, Resize, Text
from rl_trainer_ext.hosts.web.pictures import Pictures
from rl_trainer_ext.hosts.web.web_input import WebInput

ENTER, CONTROL, A = 257, 341, 65


@pytest.fixture
def window(omni_ui: Any) -> Iterator[SimpleNamespace]:
    """A window with a button and a field, that a viewer uses."""
    window = omni_ui.Window("Web", width=400, height=300, flags=omni_ui.WINDOW_FLAGS_NO_TITLE_BAR)
    window.position_x = window.position_y = 0.0
    clicks: list[int] = []
    with window.frame, omni_ui.VStack():
        button = omni_ui.Button("Press", height=50, clicked_fn=lambda: clicks.append(1))
        field = omni_ui.StringField(height=30)
        omni_ui.Spacer()
    bridge, sizes = Bridge(), []
    viewer = WebInput(bridge, lambda width, height: sizes.append((width, height)))
    driver = Driver(window.frame, viewer.update)
    driver.tick(5)
    yield SimpleNamespace(
        bridge=bridge, driver=driver, clicks=clicks, button=button, field=field, sizes=sizes, viewer=viewer
    )
    window.destroy()
    driver.tick()


def middle(widget: Any) -> MouseMoved:
    return MouseMoved(
        widget.screen_position_x + widget.computed_width / 2, widget.screen_position_y + widget.computed_height / 2
    )


def put(window: SimpleNamespace, *events: Any) -> None:
    for event in events:
        window.bridge.put(event)
    window.driver.tick(len(events) + 8)


def test_a_click_that_comes_at_once_is_one_click(window: SimpleNamespace) -> None:
    put(window, MouseMoved(1, 1), middle(window.button), MouseButton(0, True), MouseButton(0, False))
    assert window.clicks == [1]
    put(window, MouseButton(0, True), MouseButton(0, False), MouseButton(0, True), MouseButton(0, False))
    assert window.clicks == [1, 1, 1]


def test_text_keys_and_the_clipboard(window: SimpleNamespace) -> None:
    put(window, middle(window.field), MouseButton(0, True), MouseButton(0, False), Text("läuft"))
    assert window.field.model.as_string == "läuft"
    put(window, Key(CONTROL, True), Key(A, True), Key(A, False), Key(CONTROL, False), Paste("pasted"))
    put(window, Key(ENTER, True), Key(ENTER, False))
    assert window.field.model.as_string == "pasted"


def test_a_viewer_that_leaves_in_mid_click_holds_nothing(window: SimpleNamespace) -> None:
    put(window, middle(window.button), MouseButton(0, True), Key(CONTROL, True), ReleaseAll())
    assert window.clicks == [1]  # as a release of the button; and the next click is one
    put(window, MouseMoved(1, 1), middle(window.button), MouseButton(0, True), MouseButton(0, False))
    assert window.clicks == [1, 1]
    put(window, middle(window.field), MouseButton(0, True), MouseButton(0, False), Text("a"))
    assert window.field.model.as_string == "a"  # with Control held, it would be a shortcut


def test_of_many_movements_only_the_last_is_drawn(window: SimpleNamespace) -> None:
    for x in range(100):
        window.bridge.put(MouseMoved(x, 5))
    window.bridge.put(MouseWheel(0, 1))
    window.bridge.put(Resize(800, 600))
    assert [window.viewer.update() for _ in range(4)] == [True, True, True, False]
    assert window.sizes == [(800, 600)]


def test_pictures_are_taken_while_they_are_wanted_and_when_something_changes(window: SimpleNamespace) -> None:
    bridge = window.bridge
    pictures = Pictures(bridge)

    def frames(number: int) -> int:
        """Draws frames; returns how many pictures came."""
        before = 0 if bridge.picture is None else bridge.picture.number
        for _ in range(number):
            pictures.update(drawn=True)
            with drawn():
                window.driver.act(window.driver._testing.wait_frames(1))
        return (0 if bridge.picture is None else bridge.picture.number) - before

    try:
        assert frames(5) == 0  # there is no viewer
        bridge.viewers, bridge.wanted = 1, True
        while frames(1) == 0:
            pass
        with Image.open(io.BytesIO(bridge.picture.bitmap)) as image:
            assert image.size == SCREEN
        while not bridge.picture.still:
            frames(1)
        assert frames(30) == 0  # nothing changes
        window.button.text = "Other"
        while frames(1) == 0:
            pass
        assert not bridge.picture.still
        bridge.wanted = False
        window.button.text = "Another"
        assert frames(30) == 0  # the last one has not been shown yet
    finally:
        pictures.close()
