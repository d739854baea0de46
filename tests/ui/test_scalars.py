# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Picking scalars: grouped, filtered, remembered, and joined by new ones without a rebuild."""

from __future__ import annotations

import pytest
from helpers.recording_trainer import SettingsInMemory, idle, learning_metrics
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.training.snapshot import State


@pytest.fixture
def shown(show):
    settings = SettingsInMemory(task="Isaac-Ant", section_task=True, section_checkpoint=True, section_learning=True)
    return show(idle(state=State.TRAINING, metrics=learning_metrics(20)), settings=settings)


def tags_in_sight(driver) -> dict[str, int]:
    """The scalars that the list shows at the moment, with the numbers of their rows."""
    names = [widget for widget in driver.widgets() if widget.identifier.startswith("scalar_name:")]
    return {widget.tooltip: int(widget.identifier.removeprefix("scalar_name:")) for widget in names}


def scrolled(driver):
    """Scrolls the list from its top to its bottom, a frame at a time."""
    frame, y = driver.reveal("scalar_list"), 0.0
    while True:
        frame.scroll_y = y
        driver.tick()
        yield
        if y >= frame.scroll_y_max:
            return
        y += 100.0


def listed(driver) -> list[str]:
    return sorted({tag for _ in scrolled(driver) for tag in tags_in_sight(driver)})


def box_of(driver, tag: str) -> str:
    """Scrolls a scalar into sight; the identifier of its check box."""
    for _ in scrolled(driver):
        rows, frame = tags_in_sight(driver), driver.find("scalar_list")
        if tag in rows:
            box = driver.find(f"scalar_box:{rows[tag]}")
            top = box.screen_position_y - frame.screen_position_y
            if 0 <= top <= frame.computed_height - box.computed_height:
                return box.identifier
    raise LookupError(f"'{tag}' is not listed")


def plots(driver) -> list[str]:
    parts = ("_plot", "_value", "_first", "_last", "_empty")
    names = {widget.identifier for widget in driver.widgets() if widget.identifier.startswith("plot:")}
    return sorted(name.removeprefix("plot:") for name in names if not name.endswith(parts))


def test_every_scalar_but_those_with_plots_of_their_own_is_listed(shown):
    assert len(listed(shown.driver)) == 10
    assert not any(tag.startswith("Train/") for tag in listed(shown.driver))
    assert plots(shown.driver) == []


def test_a_checked_scalar_gets_a_plot_and_is_remembered(shown):
    shown.driver.click(box_of(shown.driver, "Loss/value"))
    assert plots(shown.driver) == ["Loss/value"]
    assert shown.settings.values["scalars"] == ["Loss/value"]
    shown.driver.tick(10)
    last = shown.trainer.served.metrics.last("Loss/value")
    assert shown.driver.text("plot:Loss/value_value") == f"{last:.4g}"
    shown.driver.click(box_of(shown.driver, "Loss/value"))
    assert plots(shown.driver) == []
    assert shown.settings.values["scalars"] == []


def test_a_scalar_can_be_picked_again(shown):
    for _ in range(3):
        shown.driver.click(box_of(shown.driver, "Loss/value"))
    assert plots(shown.driver) == ["Loss/value"]


def test_a_new_tag_joins_its_group(shown):
    metrics = shown.trainer.served.metrics
    metrics.add("Loss/brand_new", 1.0, 0)
    metrics.add("Other_Group/thing", 1.0, 0)
    metrics.add("plain", 1.0, 0)
    shown.driver.tick()
    assert {"Loss/brand_new", "Other_Group/thing", "plain"} <= set(listed(shown.driver))
    list(scrolled(shown.driver))
    groups = [widget.text for widget in shown.driver.widgets() if widget.identifier.startswith("scalar_group:")]
    assert groups[-2:] == ["Other_Group", "Other"]


def test_the_filter_hides_what_does_not_match(shown):
    shown.driver.click("scalar_filter")
    shown.driver.type("loss va")
    assert listed(shown.driver) == ["Loss/value"]
    shown.driver.type("zebra")
    assert listed(shown.driver) == []
    assert shown.driver.text("scalar_empty") == "No scalar matches “loss vazebra”."


def test_picked_tags_of_another_session_are_plotted_once_they_are_logged(show):
    settings = SettingsInMemory(task="Isaac-Ant", scalars=["Loss/late"], section_task=True)
    metrics = Metrics()
    metrics.add("Loss/early", 1.0, 0)
    shown = show(idle(state=State.TRAINING, metrics=metrics), settings=settings)
    assert plots(shown.driver) == []
    metrics.add("Loss/late", 2.0, 0)
    shown.driver.tick()
    assert plots(shown.driver) == ["Loss/late"]
    assert shown.driver.find(box_of(shown.driver, "Loss/late")).model.as_bool


def test_another_run_starts_over_and_keeps_the_picks(shown):
    shown.driver.click(box_of(shown.driver, "Loss/value"))
    metrics = Metrics()
    metrics.add("Loss/value", 12.5, 0)
    shown.trainer.serve(metrics=metrics)
    shown.driver.tick(10)
    assert listed(shown.driver) == ["Loss/value"]
    assert shown.driver.text("plot:Loss/value_value") == "12.5"


def test_the_next_run_lists_its_own_scalars_only(shown):
    metrics = Metrics()
    metrics.add("Loss/value", 12.5, 0)
    metrics.add("Loss/other", 1.0, 0)
    shown.trainer.serve(metrics=metrics)
    shown.driver.tick()
    assert listed(shown.driver) == ["Loss/other", "Loss/value"]
    assert shown.driver.text("scalar_count") == "0 of 2 shown"


def test_before_the_first_run_the_list_says_what_it_is_for(show):
    shown = show(settings=SettingsInMemory(section_learning=True))
    assert shown.driver.text("scalar_empty") == "Scalars appear here when a training logs them."


class TestMany:
    """More scalars than there is room for, all of them picked."""

    TAGS = tuple(f"Loss/{index:02d}" for index in range(24))

    @pytest.fixture
    def many(self, show):
        settings = SettingsInMemory(task="Isaac-Ant", scalars=list(self.TAGS), section_task=True)
        metrics = Metrics()
        metrics.add(MEAN_REWARD, 1.0, 0)
        shown = show(idle(state=State.TRAINING, metrics=metrics), settings=settings)
        for tag in self.TAGS:
            metrics.add(tag, 1.0, 0)
        return shown

    def log(self, many, value: float) -> None:
        for tag in self.TAGS:
            many.trainer.served.metrics.add(tag, value, 1)

    def values(self, many) -> list[str]:
        return [many.driver.text(f"plot:{tag}_value") for tag in self.TAGS]

    def test_they_are_built_over_several_frames(self, many):
        many.panel.update()
        assert len(plots(many.driver)) == 2
        many.driver.tick(12)
        assert listed(many.driver) == plots(many.driver) == list(self.TAGS)

    def test_only_what_can_be_seen_is_redrawn_and_the_rest_when_it_is_scrolled_into_sight(self, many):
        many.driver.tick(15)
        many.driver.reveal(f"plot:{self.TAGS[0]}").scroll_here_y(0.0)
        many.driver.tick(3)
        self.log(many, 7.0)
        many.driver.tick(10)
        drawn = [value == "7" for value in self.values(many)]
        assert drawn[0]
        assert not drawn[-1]
        assert sum(drawn) < 10
        height = many.driver.find(f"plot:{self.TAGS[-1]}").computed_height
        many.driver.reveal(f"plot:{self.TAGS[-1]}")
        many.driver.tick(10)
        assert self.values(many)[-1] == "7"
        assert many.driver.find(f"plot:{self.TAGS[0]}").computed_height == height == 126  # hidden ones keep their place

    def test_each_has_its_turn_however_little_time_there_is(self, many, monkeypatch):
        from rl_trainer_ext.ui.panel import scalars

        monkeypatch.setattr(scalars, "_MARGIN", 1e6)  # all in sight
        many.driver.tick(15)
        monkeypatch.setattr(scalars, "SECONDS_A_FRAME", 0.0)
        self.log(many, 7.0)
        many.driver.tick(12)
        assert 9 <= self.values(many).count("7") <= 14  # one a frame
        many.driver.tick(14)
        assert self.values(many).count("7") == len(self.TAGS)


class TestThousands:
    """12,345 tags that all appear at once, as a task with very many terms logs them."""

    TAGS = tuple(f"Group{number % 40}/tag_{number}" for number in range(12_345))

    @pytest.fixture
    def thousands(self, show):
        settings = SettingsInMemory(task="Isaac-Ant", section_task=True, section_checkpoint=True, section_learning=True)
        shown = show(idle(state=State.TRAINING, metrics=Metrics()), settings=settings, width=320)
        for tag in self.TAGS:
            shown.trainer.served.metrics.add(tag, 1.0, 0)
        return shown

    def built(self, shown) -> int:
        """Widgets of the list, hidden ones as well."""
        return sum(1 for _ in shown.driver.widgets_in(shown.driver.find("scalar_list")))

    def test_an_update_builds_the_rows_in_sight_and_takes_in_some_of_the_tags(self, thousands, monkeypatch):
        from rl_trainer_ext.ui.panel import scalars

        taken = []
        add = scalars.Scalars._add
        monkeypatch.setattr(scalars.Scalars, "_add", lambda self, tag: (taken.append(tag), add(self, tag)))
        most, count = self.built(thousands), thousands.driver.text
        while count("scalar_count") != "0 of 12,345 shown":
            before = len(taken)
            thousands.driver.tick(1)
            most = max(most, self.built(thousands))
            # tick() ends with an update and begins with one
            assert 0 < len(taken) - before <= 2 * scalars.TAGS_A_FRAME
        assert taken == list(self.TAGS)
        for _ in range(3):
            thousands.driver.find("scalar_list").scroll_y = 200_000.0
            thousands.driver.tick()
            thousands.driver.find("scalar_list").scroll_y = 0.0
            thousands.driver.tick()
        assert max(most, self.built(thousands)) < 250
        assert len(tags_in_sight(thousands.driver)) < 12

    def test_each_is_found_by_the_filter_and_picked(self, thousands):
        thousands.driver.tick(10)
        thousands.driver.click("scalar_filter")
        thousands.driver.type("group7/ 12287")
        assert list(tags_in_sight(thousands.driver)) == ["Group7/tag_12287"]
        thousands.driver.click(box_of(thousands.driver, "Group7/tag_12287"))
        assert plots(thousands.driver) == ["Group7/tag_12287"]
        thousands.driver.write("scalar_filter", "")
        assert not any(
            thousands.driver.find(f"scalar_box:{row}").model.as_bool for row in tags_in_sight(thousands.driver).values()
        )
        assert thousands.settings.values["scalars"] == ["Group7/tag_12287"]
        assert thousands.driver.text("scalar_count") == "1 of 12,345 shown"

    def test_values_are_asked_for_in_sight_only(self, thousands, monkeypatch):
        thousands.driver.tick(10)
        asked = []
        last = Metrics.last
        monkeypatch.setattr(Metrics, "last", lambda self, tag: (asked.append(tag), last(self, tag))[1])
        thousands.trainer.served.metrics.add(self.TAGS[0], 7.0, 1)
        thousands.clock[0] += 1.0
        thousands.driver.tick(2)
        assert thousands.driver.text(f"scalar_value:{tags_in_sight(thousands.driver)[self.TAGS[0]]}") == "7"
        assert 0 < len(asked) < 40
