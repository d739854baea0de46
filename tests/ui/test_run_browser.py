# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The run browser, clicked and typed at, over run directories with real event files."""

from __future__ import annotations

import gc
import json
import os
import time
import urllib.request
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from driver import CONTROL, DOWN, ENTER, UP
from runs_on_disk import make_checkpoint, make_run

DELETE, F2, SHIFT, Z = 261, 291, 340, 90
MODELS = ("model_0.pt", "model_50.pt", "model_99.pt", "best.pt")


@dataclass
class DesktopDouble:
    """Notes what would be opened and copied."""

    done: list[tuple[str, str]] = field(default_factory=list)

    def reveal(self, path: Path) -> None:
        self.done.append(("reveal", str(path)))

    def open_link(self, link: str) -> None:
        self.done.append(("open", link))

    def copy(self, text: str) -> None:
        self.done.append(("copy", text))


@dataclass
class BoardDouble:
    """A TensorBoard that answers when the test says so."""

    url: str = ""
    problem: str = ""
    starting: bool = False
    running_elsewhere: bool = False

    def start(self) -> None:
        self.starting = True

    def update(self) -> None:
        pass

    def stop(self) -> None:
        self.url, self.starting = "", False


@dataclass
class Browsed:
    """A run browser in a window, with the panel that it plays through, and what drives them."""

    browser: Any
    trainer: Any
    panel: Any
    settings: Any
    driver: Any
    root: Path
    desktop: DesktopDouble
    board: Any
    clock: list[float]
    windows: list[Any]

    def close(self) -> None:
        """Takes everything away."""
        if self.browser is not None:
            self.browser.destroy()
            self.panel.destroy()
            for window in self.windows:
                window.set_key_pressed_fn(None)
                window.visible = False
                window.destroy()
        self.browser = self.panel = self.driver = None

    def settle(self) -> None:
        """Lets frames pass until index and curves are read."""
        self.driver.tick(12)

    def click_row(self, number: int, *modifiers: int) -> None:
        for key in modifiers:
            self.driver.hold(key, True)
        self.driver.click(f"run_row:{number}", right=0.1)
        for key in modifiers:
            self.driver.hold(key, False)

    @property
    def rows(self) -> list[str]:
        """Names of the runs that are in sight, from above."""
        prefix = "run_name:"
        found = [w for w in self.driver.widgets() if w.identifier.startswith(prefix)]
        return [w.text for w in sorted(found, key=lambda w: int(w.identifier.removeprefix(prefix)))]

    @property
    def selected(self) -> list[int]:
        """Numbers of the rows that are marked."""
        prefix = "run_row:"
        rows = [w for w in self.driver.widgets() if w.identifier.startswith(prefix) and w.selected]
        return sorted(int(w.identifier.removeprefix(prefix)) for w in rows)

    def said(self) -> str:
        return self.driver.text("runs_said") if self.driver.shown("runs_said") else ""


@pytest.fixture
def browse(omni_ui: Any, tmp_path: Path) -> Iterator[Callable[..., Browsed]]:
    """Opens a run browser over a log root; takes it away after the test."""
    from driver import Driver
    from recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.runs import RunIndex
    from rl_trainer_ext.ui import Panel
    from rl_trainer_ext.ui.run_browser import RunBrowser
    from rl_trainer_ext.ui.run_services import Services

    opened: list[Browsed] = []

    def browse(
        width: int = 700, height: int = 700, settings: Any = None, root: Path | None = None, board: Any = None
    ) -> Browsed:
        trainer, settings = RecordingTrainerDouble(idle()), settings or SettingsInMemory()
        behind = omni_ui.Window(f"Panel behind {len(opened)}", width=420, height=700, visible=False)
        panel = Panel(behind.frame, trainer, settings)
        window = omni_ui.Window(
            f"Runs {len(opened)}",
            width=width,
            height=height,
            position_x=0,
            position_y=0,
            # one that floats would be moved by a drag, which a docked one is not
            flags=omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE,
            padding_x=0,
            padding_y=0,
        )
        root, desktop, board, clock = root or tmp_path / "logs", DesktopDouble(), board or BoardDouble(), [0.0]
        services = Services(desktop, board)
        index = RunIndex(root, tmp_path / "cache")
        browser = RunBrowser(
            window.frame, trainer, panel, settings, root, services, index=index, clock=lambda: clock[0]
        )

        def update() -> None:
            clock[0] += 1 / 30
            browsed.panel.update()
            browsed.browser.update()

        window.set_key_pressed_fn(browser.key_pressed)
        driver = Driver(window.frame, update)
        browsed = Browsed(browser, trainer, panel, settings, driver, root, desktop, board, clock, [window, behind])
        opened.append(browsed)
        browsed.settle()
        return browsed

    yield browse
    for browsed in opened:
        browsed.close()


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Three runs, the newest first."""
    root, hour = tmp_path / "logs", 3600.0
    now = time.time()
    return [
        make_run(root, "c", rewards=[0, 2, 4], models=MODELS, created=now - hour),
        make_run(root, "b", library="sb3", experiment="Isaac-Ant", task="Isaac-Ant", created=now - 2 * hour),
        make_run(root, "a", rewards=[5, 6], models=MODELS, created=now - 3 * hour),
    ]


def test_runs_are_listed_newest_first_and_sorted_by_a_click(browse, three):
    browsed = browse()
    task = "Isaac-Cartpole-Direct"
    assert browsed.rows == [task, "Isaac-Ant", task]
    assert browsed.driver.text("run_created:0") == "1 h ago"
    browsed.driver.click("run_sort:last_reward")
    assert [browsed.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["6", "4", "-"]
    browsed.driver.click("run_sort:last_reward")
    assert [browsed.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["4", "6", "-"]
    again = browse(settings=browsed.settings)
    assert [again.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["4", "6", "-"]


def test_typing_and_choosing_narrow_the_list_and_are_remembered(browse, three):
    browsed = browse()
    browsed.driver.write("runs_filter", "cartpole")
    assert len(browsed.rows) == 2
    browsed.driver.choose("runs_library", "SB3")
    assert browsed.rows == []
    assert browsed.driver.text("runs_words") == "No run matches."
    again = browse(settings=browsed.settings)
    assert again.driver.text("runs_filter") == "cartpole"
    assert again.driver.chosen("runs_library") == "SB3"
    again.driver.write("runs_filter", "")
    assert again.rows == ["Isaac-Ant"]


def test_clicks_and_keys_select(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    assert browsed.selected == [0, 2]
    browsed.click_row(1)
    browsed.click_row(2, SHIFT)
    assert browsed.selected == [1, 2]
    browsed.driver.press(UP)
    assert browsed.selected == [1]
    browsed.driver.press(DOWN)
    assert browsed.selected == [2]


def test_a_thousand_runs_have_widgets_for_those_in_sight_and_open_at_once(browse, tmp_path):
    from rl_trainer_ext.runs import RunIndex

    root = tmp_path / "logs"
    for number in range(1000):
        run_dir = root / "rsl_rl" / "cartpole" / f"{number:04d}"
        run_dir.mkdir(parents=True)
        manifest = {"version": 1, "library": "rsl_rl", "task": f"Task-{number:04d}", "metadata": {}}
        created = f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00+00:00"
        (run_dir / "run.json").write_text(json.dumps(manifest | {"created_at": created}))
    index = RunIndex(root, tmp_path / "cache")
    while not index.refresh():
        pass
    opening = []
    for _ in range(3):
        start = time.perf_counter()
        browsed = browse()
        opening.append(time.perf_counter() - start)
    assert browsed.rows[0] == "Task-0999"
    assert len(browsed.rows) < 20
    # with the panel of the test and a dozen drawn frames
    assert min(opening) < 1.0
    before = len(list(browsed.driver.widgets()))
    browsed.driver.find("run_list").scroll_y = 24.0 * 500
    browsed.driver.tick()
    assert browsed.rows[1] == "Task-0498"
    assert abs(len(list(browsed.driver.widgets())) - before) < 20
    browsed.click_row(3)
    browsed.driver.press(268)
    assert browsed.rows[0] == "Task-0999"
    assert browsed.selected == [0]


@pytest.mark.parametrize(("width", "columns"), [(700, 8), (420, 4), (320, 2)])
def test_it_fits_where_it_is_narrow(browse, three, width, columns):
    browsed = browse(width=width)
    browsed.click_row(0)
    shown = [widget for widget in browsed.driver.widgets() if widget.identifier.startswith("run_sort:")]
    assert len(shown) == columns
    for tab in ("details", "curves", "parameters"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
        prefixes = ("run_", "compare_", "parameter_", "runs_")
        beyond = {
            widget.identifier
            for widget in browsed.driver.widgets()
            if widget.identifier.startswith(prefixes) and widget.screen_position_x + widget.computed_width > width
        }
        assert not beyond, tab


def test_the_selected_run_shows_its_checkpoints_and_plays_the_chosen_one(browse, three):
    from rl_trainer_ext.snapshot import Play

    browsed = browse()
    assert browsed.driver.shown("run_nothing")
    browsed.click_row(0)
    assert [browsed.driver.text(f"checkpoint_iteration:{number}") for number in range(4)] == ["-", "99", "50", "0"]
    browsed.driver.click("checkpoint_row:2")
    browsed.driver.click("run_play")
    (play,) = browsed.trainer.of(Play)
    assert play.config.checkpoint == str(three[0] / "model_50.pt")
    assert (play.config.task, play.config.library) == ("Isaac-Cartpole-Direct", "rsl_rl")
    assert play.config.agent == "rsl_rl_cfg_entry_point"


def test_enter_plays_and_train_on_trains_on(browse, three):
    from rl_trainer_ext.snapshot import Play, Train

    browsed = browse()
    browsed.click_row(0)
    browsed.driver.press(ENTER)
    assert [play.config.checkpoint for play in browsed.trainer.of(Play)] == [str(three[0] / "best.pt")]
    browsed.driver.click("run_train_on")
    (train,) = browsed.trainer.of(Train)
    assert train.config.checkpoint == str(three[0] / "best.pt")
    assert train.config.max_iterations is None


def test_while_one_plays_another_takes_its_place_in_the_same_environment(browse, three):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.snapshot import Play, State, SwapCheckpoint

    browsed = browse()
    config = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=16, checkpoint="latest")
    browsed.trainer.serve(state=State.PLAYING, playing=True, status="running", config=config)
    browsed.click_row(2)
    browsed.driver.click("checkpoint_row:1")
    browsed.driver.click("run_play")
    assert browsed.trainer.of(SwapCheckpoint) == [SwapCheckpoint(three[2] / "model_99.pt")]
    assert browsed.trainer.of(Play) == []
    make_checkpoint(three[1] / "model.zip")
    browsed.click_row(1)
    browsed.driver.click("run_play")
    assert "stop it first" in browsed.said()
    assert len(browsed.trainer.of(SwapCheckpoint)) == 1


def test_follow_plays_the_newest_checkpoint_and_then_each_new_one(browse, three, tmp_path):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord
    from rl_trainer_ext.snapshot import Follow, Play, State

    config = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=16)
    RunRecord.begin(three[0], config)
    browsed = browse()
    browsed.click_row(0)
    assert browsed.driver.text("run_status:0") == "running"
    browsed.driver.click("run_follow")
    (play,) = browsed.trainer.of(Play)
    assert browsed.trainer.of(Follow) == []
    browsed.trainer.serve(state=State.PLAYING, playing=True, status="running", config=play.config)
    browsed.driver.tick()
    assert browsed.trainer.of(Follow) == [Follow(three[0])]
    browsed.trainer.serve(following=three[0])
    browsed.driver.tick()
    assert browsed.driver.text("run_follow") == "Unfollow"
    browsed.driver.click("run_follow")
    assert browsed.trainer.of(Follow)[-1] == Follow(None)


def test_a_running_training_says_that_it_is_and_cannot_be_deleted(browse, three):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord

    RunRecord.begin(three[0], RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl"))
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_delete")
    assert "stop it first" in browsed.said()
    assert three[0].is_dir()


def test_delete_and_undo(browse, three):
    browsed = browse()
    browsed.click_row(1)
    browsed.driver.press(DELETE)
    assert not three[1].exists()
    assert len(browsed.rows) == 2
    assert browsed.selected == [1]
    browsed.driver.click("runs_undo")
    assert three[1].is_dir()
    assert len(browsed.rows) == 3


def test_what_was_done_is_taken_back_one_by_one_with_control_z(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(1, SHIFT)
    browsed.driver.click("run_archive")
    assert len(browsed.rows) == 1
    browsed.click_row(0)
    browsed.driver.press(DELETE)
    assert browsed.rows == []
    for expected in (1, 3):
        browsed.driver.hold(CONTROL, True)
        browsed.driver.press(Z)
        browsed.driver.hold(CONTROL, False)
        browsed.driver.tick()
        assert len(browsed.rows) == expected
    assert all(run_dir.is_dir() for run_dir in three)


def test_archived_runs_are_listed_apart(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_archive")
    browsed.driver.click("runs_archived")
    assert len(browsed.rows) == 1
    browsed.click_row(0)
    assert browsed.driver.text("run_archive") == "Unarchive"
    browsed.driver.click("run_archive")
    assert browsed.rows == []


def test_f2_renames_and_tags_are_found_by_the_filter(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.press(F2)
    browsed.driver.type("first try")
    browsed.driver.press(ENTER)
    assert browsed.rows[0] == "first try · Isaac-Cartpole-Direct"
    browsed.driver.write("run_tags", "paper, v2")
    browsed.driver.write("runs_filter", "v2")
    assert browsed.rows == ["first try · Isaac-Cartpole-Direct  #paper  #v2"]
    labels = json.loads((three[0] / "labels.json").read_text())
    assert (labels["name"], labels["tags"]) == ("first try", ["paper", "v2"])


def test_two_runs_show_the_parameters_that_differ(browse, three):
    browsed = browse()
    agent = three[2] / "params" / "agent.yaml"
    agent.write_text(agent.read_text() + "algorithm:\n  gamma: 0.9\n")
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    browsed.driver.click("runs_tab:parameters")
    browsed.settle()
    assert browsed.driver.text("parameter_key:0") == "agent.algorithm.gamma"
    assert [browsed.driver.text(f"parameter_value:0:{number}") for number in (0, 1)] == ["absent", "0.9"]
    assert browsed.driver.text("parameter_count") == "1 of 1 differ"
    browsed.driver.write("parameter_filter", "nothing")
    assert "No parameter matches" in browsed.driver.text("parameter_words")


def test_curves_are_drawn_smoothed_and_written(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert browsed.driver.shown("chart")
    assert [browsed.driver.text(f"legend_value:{number}") for number in (0, 1)] == ["4", "6"]
    browsed.driver.find("compare_smoothing").model.set_value(0.9)
    browsed.settle()
    assert float(browsed.driver.text("legend_value:0")) < 4
    browsed.driver.choose("compare_axis", "Time")
    browsed.settle()
    for button, ending in (("compare_csv", ".csv"), ("compare_png", ".png")):
        browsed.driver.click(button)
        browsed.driver.tick()
        written = Path(browsed.said().removeprefix("Written to "))
        assert written.suffix == ending
        assert written.stat().st_size > 100
    assert (browsed.settings.values["compare_smoothing"], browsed.settings.values["compare_axis"]) == (
        0.9,
        "WALL_TIME",
    )


def test_curves_make_room_for_their_legend(browse, tmp_path):
    # the lowest label lies at the very bottom, and must not hold the chart as high as it was
    make_run(tmp_path / "logs", rewards=[0.8, 20.0], models=MODELS)
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    legend = browsed.driver.find("legend_label:0")
    assert legend.screen_position_y + legend.computed_height <= 700
    before = browsed.driver.find("chart_area").computed_height
    browsed.windows[0].height = 600
    browsed.settle()
    assert browsed.driver.find("chart_area").computed_height < before


def test_the_mouse_reads_values_off_the_curves(browse, three):
    from omni.ui import testing

    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    area = browsed.driver.find("chart_area")
    left, top = area.screen_position_x, area.screen_position_y + 40
    # outside Kit omni.ui tells of a mouse that moves only while a button is down
    browsed.driver.act(testing.mouse_drag(left + 5, top, left + area.computed_width / 2, top, steps=4))
    browsed.driver.tick()
    assert browsed.driver.text("compare_caption") == "At iteration 1"
    assert browsed.driver.text("legend_value:0") == "2"


def test_a_curve_follows_a_training_that_goes_on(browse, three):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord
    from runs_on_disk import write_events

    record = RunRecord.begin(three[0], RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl"))
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert browsed.driver.text("legend_value:0") == "4"
    write_events(three[0], "Train/mean_reward", [3, 4], [8.0, 9.0])
    make_checkpoint(three[0] / "model_100.pt")
    record.update(iterations=5, steps=320, seconds=5.0, at_once=True)
    browsed.clock[0] += 5
    browsed.settle()
    assert browsed.driver.text("legend_value:0") == "9"
    browsed.driver.click("runs_tab:details")
    assert browsed.driver.text("checkpoint_iteration:1") == "100"


def test_a_run_without_manifest_is_shown_and_says_what_to_do(browse, three):
    make_run(three[0].parents[2], "old", manifest=False, models=["model_9.pt"], experiment="somewhere")
    browsed = browse()
    browsed.driver.write("runs_filter", "somewhere")
    assert browsed.rows == ["somewhere/old"]
    browsed.click_row(0)
    assert "manifest" in browsed.driver.text("run_problem")
    browsed.driver.click("run_play")
    assert "choose the task in the panel" in browsed.said()


def test_names_that_are_no_text_or_have_no_end_are_shown(browse, three):
    from rl_trainer_ext.snapshot import Play, Train

    strange = three[0].rename(three[0].with_name(os.fsdecode(b"l\xe4ufe " + b"x" * 200)))
    (strange / "labels.json").write_text(json.dumps({"name": "\udc80 " + "名前" * 100, "tags": ["\ud800"]}))
    browsed = browse(width=320)
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    for tab in ("curves", "parameters", "details"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
        assert browsed.selected == [0, 2]
    browsed.click_row(0)
    problem = browsed.driver.find("run_problem")
    assert problem.text.endswith("(its path is no text): check that it is there and may be read.")
    assert problem.computed_height < 150
    for button in ("run_play", "run_train_on"):
        browsed.driver.click(button)
        assert browsed.said().startswith("The name of a folder is no text: rename it to use ")
    assert not [command for command in browsed.trainer.commands if isinstance(command, Play | Train)]
    browsed.driver.click("run_copy")
    assert "l?ufe" in browsed.desktop.done[0][1]
    browsed.driver.press(DELETE)
    assert not strange.exists()
    browsed.driver.click("runs_undo")
    assert strange.is_dir()


def test_an_empty_and_a_missing_log_root_say_so(browse, tmp_path):
    (tmp_path / "logs").mkdir()
    browsed = browse()
    assert browsed.driver.text("runs_words").startswith(f"No runs in {tmp_path / 'logs'} yet.")
    missing = browse(root=tmp_path / "elsewhere")
    assert missing.rows == []
    assert str(tmp_path / "elsewhere") in missing.driver.text("runs_words")


def test_paths_are_copied_and_files_shown(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_copy")
    browsed.driver.click("run_reveal")
    best = str(three[0] / "best.pt")
    assert browsed.desktop.done == [("copy", best), ("reveal", best)]
    assert not {"run_export"} & browsed.driver.identifiers()


def test_tensorboard_says_where_it_is(browse, three):
    browsed = browse()
    browsed.driver.click("runs_tensorboard")
    assert browsed.driver.text("tensorboard_text") == "TensorBoard is starting…"
    browsed.board.url, browsed.board.running_elsewhere = "http://localhost:6006/", True
    browsed.driver.tick()
    assert browsed.driver.text("tensorboard_text") == "TensorBoard is running already at http://localhost:6006/"
    browsed.driver.click("tensorboard_open")
    browsed.driver.click("tensorboard_copy")
    assert browsed.desktop.done == [("open", "http://localhost:6006/"), ("copy", "http://localhost:6006/")]


def test_the_real_tensorboard_answers_at_its_link_until_it_is_closed(browse, three):
    from rl_trainer_ext.hosts.tensorboard import TensorBoard

    board = TensorBoard(three[0].parents[2])
    try:
        browsed = browse(board=board)
        browsed.driver.click("runs_tensorboard")
        end = time.monotonic() + 60
        while board.starting and time.monotonic() < end:
            browsed.driver.tick(1)
        browsed.driver.tick(1)
        assert browsed.driver.text("tensorboard_text") == f"TensorBoard runs at {board.url}"
        url, opener = board.url, urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=60) as answer:
            assert answer.status == 200
        browsed.driver.click("tensorboard_close")
        with pytest.raises(OSError, match="refused"):
            opener.open(url, timeout=60)
    finally:
        board.stop()


def test_an_idle_browser_costs_next_to_nothing(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    costs = []
    for _ in range(100):
        start = time.perf_counter()
        browsed.browser.update()
        costs.append(time.perf_counter() - start)
    assert sorted(costs)[50] < 1e-3


def test_nothing_of_a_browser_stays_when_it_is_closed(browse, three):
    browsed = browse()
    browsed.click_row(0)
    for tab in ("curves", "parameters", "details"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
    parts = [browsed.browser, browsed.browser._table, browsed.browser._comparison, browsed.browser._details]
    alive = [weakref.ref(part) for part in parts]
    parts.clear()
    browsed.close()
    gc.collect()
    assert [type(part()).__name__ for part in alive if part() is not None] == []
