# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the sweeps, clicked as a person does. The trainer is a double."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from helpers.driver import DOWN, END, ENTER
from helpers.sweeps_on_disk import GAMMA, RATE, make_sweep, make_trials
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.training.commands import Play, SwapCheckpoint
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.sweep.trials import STATE, SweepView, Trial, TrialState


@dataclass
class Shown:
    """The window, the panel behind it, and what drives them."""

    root: Path
    trainer: Any
    driver: Any
    windows: list[Any]
    runner: Any = None
    runs: list[list[Path]] = field(default_factory=list)
    clock: list[float] = field(default_factory=lambda: [0.0])
    pane: Any = None
    panel: Any = None

    def show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        self.runs.append(list(folders))

    def update(self) -> None:
        self.clock[0] += 1 / 30
        self.panel.update()
        self.pane.update()

    def column(self, name: str) -> list[str]:
        """The texts of a column, from above."""
        prefix = f"trial_{name}:"
        found = {each.identifier: each.text for each in self.driver.widgets() if each.identifier.startswith(prefix)}
        return [found[f"{prefix}{row}"] for row in range(len(found))]

    def later(self, seconds: float = 2.0) -> None:
        self.clock[0] += seconds
        self.driver.tick(5)


class RunnerDouble:
    """Notes what it is asked for, and starts nothing but the files of a sweep."""

    def __init__(self, root: Path) -> None:
        self.root, self.asked, self.problem = root, [], ""

    def start(self, spec: Any) -> Path:
        if self.problem:
            raise UserError(self.problem)
        self.asked.append(("start", spec.count))
        return make_sweep(self.root, "2026-11-28_09-00-00", state="starting", total=spec.count)

    def resume(self, folder: Path) -> None:
        self.asked.append(("resume", folder.name))

    def stop(self, folder: Path) -> None:
        self.asked.append(("stop", folder.name))

    def update(self) -> None:
        pass


@pytest.fixture
def show_sweeps(omni_ui: Any, tmp_path: Path) -> Iterator[Callable[..., Shown]]:
    """Shows the window over a log root; takes it away after the test."""
    from helpers.driver import Driver
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.ui.panel.panel import Panel
    from rl_trainer_ext.ui.sweep.pane import SweepPane, SweepServices

    opened: list[Shown] = []

    def show(width: int = 700, missing: str = "") -> Shown:
        trainer, root = RecordingTrainerDouble(idle()), tmp_path / "logs"
        flags = omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE
        name = f"Sweep {len(opened)}"
        window = omni_ui.Window(
            name, width=width, height=700, position_x=0, position_y=0, flags=flags, padding_x=0, padding_y=0
        )
        behind = omni_ui.Window(f"Panel behind {name}", width=420, height=700, visible=False)
        shown = Shown(root, trainer, None, [window, behind])
        shown.panel = Panel(behind.frame, trainer, SettingsInMemory())
        shown.runner = RunnerDouble(root)
        services = SweepServices(shown.show_runs, shown.runner, missing)
        shown.pane = SweepPane(window.frame, trainer, shown.panel, root, services, clock=lambda: shown.clock[0])
        shown.driver = Driver(window.frame, shown.update)
        window.set_key_pressed_fn(shown.pane.key_pressed)
        opened.append(shown)
        shown.driver.tick(8)
        return shown

    yield show
    for shown in opened:
        shown.pane.destroy()
        shown.panel.destroy()
        for window in shown.windows:
            window.set_key_pressed_fn(None)
            window.visible = False
            window.destroy()


def test_without_sweeps_it_says_what_one_is(show_sweeps: Callable[..., Shown]) -> None:
    shown = show_sweeps(width=320)
    words = shown.driver.text("sweep_empty")
    assert words.startswith(f"No sweeps in {shown.root} yet.")
    assert shown.driver.shown("sweep_empty")
    make_sweep(shown.root, trials=make_trials(shown.root, 1))
    shown.later()
    assert not shown.driver.shown("sweep_empty")
    assert shown.column("number") == ["1 best"]


def test_the_trials_of_a_sweep_are_listed_sorted_and_the_best_is_marked(
    show_sweeps: Callable[..., Shown], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    trials = make_trials(root)
    trials[1] = trials[1].replace(state=TrialState.STOPPED_EARLY, iterations=3)
    trials[5] = trials[5].replace(state=TrialState.FAILED, value=None, best=None, problem="The policy diverged.")
    make_sweep(root, trials=trials)
    make_sweep(root, "2026-11-27_10-00-00", trials=trials[:1], state="stopped", total=4)
    shown = show_sweeps()
    driver = shown.driver
    assert driver.text("sweep_title:0") == "11-28 05:02  Isaac-Cartpole-Direct"
    assert [driver.text(f"sweep_status:{row}") for row in range(2)] == ["finished 6/6", "stopped 1/4"]
    assert driver.text("sweep_words") == (
        "6 of 6 trials ended, 1 stopped early, 1 failed. Best: trial 4, mean reward 4."
    )
    assert shown.column("number") == ["1", "2", "3", "4 best", "5", "6"]
    assert shown.column(f"parameter:{RATE}") == ["0.003", "0.001", "0.0003"] * 2
    assert shown.column("value") == ["1.6", "2.4", "3.2", "4", "3.2", "-"]
    assert shown.column("status")[1] == "stopped early"
    driver.click("trial_sort:value")
    assert shown.column("number") == ["4 best", "3", "5", "2", "1", "6"]
    driver.click("trial_sort:value")
    assert shown.column("number") == ["1", "2", "3", "5", "4 best", "6"]  # without a value last in either direction
    driver.click(f"trial_sort:parameter:{GAMMA}")
    assert shown.column(f"parameter:{GAMMA}") == ["0.98"] * 3 + ["0.99"] * 3
    # the words of a trial that failed
    assert not driver.shown("trial_words")
    driver.click("trial_row:5")
    assert driver.text("trial_problem") == "The policy diverged."
    driver.click("sweep_row:1")
    assert shown.column("number") == ["1 best"]
    assert not driver.shown("trial_words")


def test_a_trial_is_played_with_its_best_checkpoint_and_shown_in_the_run_browser(
    show_sweeps: Callable[..., Shown], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    trials = make_trials(root)
    make_sweep(root, trials=trials)
    shown = show_sweeps()
    driver = shown.driver
    driver.click("trial_row:3")
    driver.click("trial_show")
    driver.click("trial_show_all")
    assert shown.runs == [[Path(trials[3].run_dir)], [Path(trial.run_dir) for trial in trials]]
    driver.click("trial_play")
    (played,) = shown.trainer.of(Play)
    assert played.config.checkpoint == str(Path(trials[3].run_dir, "best.pt"))
    assert (played.config.task, played.config.library) == ("Isaac-Cartpole-Direct", "rsl_rl")
    # the next trial, with keys, in the environment that plays
    shown.trainer.serve(state=State.PLAYING, playing=True, status="running", config=played.config)
    driver.click("trial_row:3")
    driver.press(DOWN)
    driver.press(ENTER)
    assert shown.trainer.of(SwapCheckpoint) == [SwapCheckpoint(Path(trials[4].run_dir, "best.pt"))]
    driver.press(END)
    for checkpoint in (*Path(trials[5].run_dir).glob("*.pt"),):
        checkpoint.unlink()
    driver.press(ENTER)
    assert driver.text("sweep_message") == "This trial has not saved a checkpoint yet: play it when it has."


def test_a_running_sweep_is_followed_by_its_files_and_the_selection_stays(
    show_sweeps: Callable[..., Shown], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.training.sweep import following

    root = tmp_path / "logs"
    trials = make_trials(root, 4, TrialState.RUNNING)
    waiting = [trial.replace(state=TrialState.WAITING, value=None, best=None, run_dir="") for trial in trials[2:]]
    make_sweep(root, trials=[*trials[:2], *waiting], state="running")
    shown = show_sweeps()
    driver = shown.driver
    assert driver.text("sweep_words") == "0 of 4 trials ended, 2 running. Best: trial 2, mean reward 2.4."
    driver.click("trial_row:2")
    assert not driver.find("trial_play").enabled  # it has no run yet
    make_sweep(root, trials=[trials[0].replace(state=TrialState.FINISHED, value=9.0), *trials[1:]], state="running")
    assert shown.column("value")[0] == "1.6"
    shown.later()
    assert shown.column("value") == ["9", "2.4", "3.2", "4"]
    assert shown.column("number")[0] == "1 best"
    assert driver.text("trial_words").startswith("Trial 3, running:")
    assert driver.find("trial_play").enabled
    # nothing is read between two looks
    read: list[Path] = []
    monkeypatch.setattr(following, "read_view", read.append)
    driver.tick(10)
    assert read == []


def test_a_sweep_whose_program_was_killed_and_one_that_is_damaged_are_told(
    show_sweeps: Callable[..., Shown], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    dead = dataclasses.replace(make_process(), pid=2**22 + 1)
    make_sweep(root, trials=make_trials(root, 2, TrialState.RUNNING), state="running", process=dead)
    folder = make_sweep(root, "2026-11-29_00-00-00", problem="Ray Tune cannot run this sweep: no.", state="failed")
    (make_sweep(root, "2026-11-30_00-00-00") / STATE).write_text('{"version": 1, "sta', encoding="utf-8")
    shown = show_sweeps(width=320)
    driver = shown.driver
    statuses = [driver.text(f"sweep_status:{row}") for row in range(3)]
    assert statuses == ["damaged", "failed 0/0", "stopped 2/2"]
    assert driver.text("sweep_words").endswith("was written by another version, or is damaged.")
    driver.click("sweep_row:1")
    assert driver.text("sweep_problem") == "Ray Tune cannot run this sweep: no."
    driver.click("sweep_row:2")
    assert not driver.shown("sweep_problem")
    # of the columns that do not fit, those of less interest are left out
    assert shown.column("value") == ["1.6", "2.4"]
    assert shown.column("status") == []
    assert folder.is_dir()


def make_process() -> Any:
    from rl_trainer_ext.runs.process import Process

    return Process.current()


def test_a_thousand_trials_fill_only_rows_in_sight_and_only_when_they_change(
    show_sweeps: Callable[..., Shown], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.ui.sweep.table import TrialTable

    filled: list[int] = []
    original = TrialTable._fill_row

    def fill(self: Any, row: Any, item: Any, index: int) -> None:
        filled.append(index)
        original(self, row, item, index)

    root = tmp_path / "logs"
    (first,) = make_trials(root, 1)
    make_sweep(root, trials=[first.replace(name=str(number), number=number) for number in range(1, 1001)])
    monkeypatch.setattr(TrialTable, "_fill_row", fill)
    shown = show_sweeps()
    assert len(shown.column("number")) < 40
    filled.clear()
    shown.later()
    assert filled == []
    shown.driver.click("trial_row:0")
    shown.driver.press(END)
    assert shown.column("number")[-1] == "1000"


@pytest.fixture
def edited(show_sweeps: Callable[..., Shown]) -> Shown:
    """The editor, over a panel that has a task."""
    from rl_trainer_ext.isaac_lab.task_settings import TaskSettings
    from rl_trainer_ext.run_config import RunConfig

    shown = show_sweeps(width=320)
    agent = {"algorithm": {"learning_rate": 1e-3, "gamma": 0.99}, "num_steps_per_env": 16}
    shown.trainer.settings["Isaac-Cartpole-Direct"] = TaskSettings({"sim": {"dt": 0.01}}, agent, {}, {})
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 16, 30, device="cpu", log_root=str(shown.root))
    shown.panel.set_config(config)
    shown.driver.tick(4)
    shown.driver.click("sweep_new")
    return shown


def test_a_sweep_is_made_from_the_settings_of_the_panel_and_saved_as_a_file(edited: Shown) -> None:
    from rl_trainer_ext.training.sweep.files import read_spec
    from rl_trainer_ext.training.sweep.spec import Range

    driver = edited.driver
    assert driver.text("sweep_base") == "Isaac-Cartpole-Direct, rsl_rl, 16 environments, 30 iterations"
    assert driver.text("sweep_count").startswith("This sweep: parameters must have at least one parameter")
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001, 1e-4")
    driver.click("sweep_other")
    driver.write("sweep_key:1", GAMMA)
    driver.choose("sweep_kind:1", "uniform")
    assert "This sweep: agent.algorithm.gamma needs 2 numbers for uniform" in driver.text("sweep_count")
    driver.write("sweep_values:1", "0.9, 0.99")
    assert driver.text("sweep_count") == "2 trials."
    driver.write("sweep_seeds", "1, 2, 3")
    driver.write("sweep_samples", "4")
    assert not driver.find("sweep_grace_period").enabled
    driver.choose("sweep_scheduler", "asha")
    driver.write("sweep_grace_period", "5")
    driver.write("sweep_gpus", "0.5")
    assert driver.text("sweep_count") == "24 trials."
    driver.write("sweep_file", "night.yaml")
    driver.click("sweep_save")
    file = edited.root / "night.yaml"
    assert driver.text("sweep_count") == f"Saved: rl-trainer sweep {file}"
    spec, _ = read_spec(file)
    assert spec.parameters == {RATE: Range("grid_search", (0.001, 0.0001)), GAMMA: Range("uniform", (0.9, 0.99))}
    assert (spec.seeds, spec.samples, spec.scheduler, spec.grace_period, spec.gpus) == ((1, 2, 3), 4, "asha", 5, 0.5)
    assert (spec.config.task, spec.config.num_envs, spec.config.max_iterations) == ("Isaac-Cartpole-Direct", 16, 30)
    # a parameter is removed, and the file that was just written is replaced
    driver.click("sweep_remove:0")
    assert driver.text("sweep_key:0") == GAMMA
    driver.click("sweep_save")
    assert list(read_spec(file)[0].parameters) == [GAMMA]
    driver.click("sweep_close")
    assert driver.shown("sweep_empty")


def test_a_file_is_opened_changed_and_its_errors_are_those_of_the_parser(edited: Shown) -> None:
    from rl_trainer_ext.training.sweep.files import read_spec

    driver, file = edited.driver, edited.root / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    text = f"task: Isaac-Ant\nnum_envs: 64\nsearcher: random\nmode: min\nparameters:\n  {RATE}: [0.001, 0.002]\n"
    file.write_text(f"{text}  agent.algorithm.gamma: {{unifrom: [0, 1]}}\n", encoding="utf-8")
    driver.write("sweep_file", str(file))
    driver.click("sweep_open")
    assert driver.text("sweep_count") == (
        "mine.yaml, line 7: agent.algorithm.gamma has no range called unifrom; did you mean uniform?"
    )
    file.write_text(f"{text}  num_envs: [32, 64]\n", encoding="utf-8")
    # not the file of this editor
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001")
    driver.click("sweep_save")
    assert driver.text("sweep_count") == f"{file} is there already: press again to replace it."
    assert file.read_text(encoding="utf-8").startswith(text)
    driver.click("sweep_open")
    assert driver.text("sweep_base") == "Isaac-Ant, its library, 64 environments"
    assert [driver.text(f"sweep_key:{row}") for row in range(2)] == [RATE, "num_envs"]
    assert driver.text("sweep_values:1") == "32, 64"
    driver.write("sweep_values:1", "32, [")
    assert "num_envs must be values separated by commas" in driver.text("sweep_count")
    driver.write("sweep_values:1", "32, 64, 128")
    driver.click("sweep_save")
    spec, _ = read_spec(file)
    assert spec.mode == "min"  # what has no field stays
    assert spec.count == 6


def test_a_parameter_is_found_among_the_settings_of_the_task(edited: Shown) -> None:
    driver = edited.driver
    driver.click("sweep_setting")
    driver.type("learning rate")
    driver.press(ENTER)
    assert driver.text("sweep_key:0") == RATE
    driver.click("sweep_setting")
    driver.type("num_envs")
    driver.press(ENTER)
    assert driver.text("sweep_key:1") == "num_envs"


def test_a_sweep_is_edited_as_a_copy(show_sweeps: Callable[..., Shown], tmp_path: Path) -> None:
    make_sweep(tmp_path / "logs", trials=make_trials(tmp_path / "logs", 2))
    shown = show_sweeps()
    shown.driver.click("sweep_edit")
    assert [shown.driver.text(f"sweep_key:{row}") for row in range(2)] == [RATE, GAMMA]
    assert shown.driver.text("sweep_values:0") == "0.003, 0.001, 0.0003"
    assert shown.driver.chosen("sweep_kind:1") == "choice"
    assert shown.driver.text("sweep_count") == "3 trials."


def test_a_sweep_is_started_from_the_editor_stopped_and_resumed(edited: Shown) -> None:
    driver, runner = edited.driver, edited.runner
    trials = make_trials(edited.root, 2)
    make_sweep(edited.root, trials=trials)
    driver.click("sweep_start")
    assert runner.asked == []  # it has no parameter
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001, 1e-4")
    runner.problem = "No process can be started."
    driver.click("sweep_start")
    assert driver.text("sweep_count") == "No process can be started."
    runner.problem = ""
    driver.click("sweep_start")
    assert runner.asked == [("start", 2)]
    # the new one is selected as soon as it is listed
    edited.later()
    assert driver.text("sweep_status:0") == "starting 0/2"
    assert driver.text("sweep_words") == "0 of 2 trials ended."
    assert not driver.find("sweep_resume").enabled
    driver.click("sweep_stop")
    assert runner.asked[1:] == [("stop", "2026-11-28_09-00-00")]
    assert (driver.text("sweep_stop"), driver.find("sweep_stop").enabled) == ("Stopping…", False)
    stopped = [trial.replace(state=TrialState.STOPPED) for trial in trials]
    make_sweep(edited.root, "2026-11-28_09-00-00", stopped, state="stopped")
    edited.later()
    assert (driver.text("sweep_stop"), driver.find("sweep_stop").enabled) == ("Stop", False)
    driver.click("sweep_resume")
    assert runner.asked[2:] == [("resume", "2026-11-28_09-00-00")]
    # one that has finished can be neither
    driver.click("sweep_row:1")
    assert not driver.find("sweep_resume").enabled
    assert not driver.find("sweep_stop").enabled


def test_without_ray_the_editor_says_what_to_install_and_starts_nothing(show_sweeps: Callable[..., Shown]) -> None:
    sentence = 'A sweep needs Ray, which is not installed (ray is missing): run pip install "ray"'
    shown = show_sweeps(width=320, missing=sentence)
    make_sweep(shown.root, trials=make_trials(shown.root, 2), state="stopped")
    shown.later()
    driver = shown.driver
    assert not driver.find("sweep_resume").enabled
    driver.click("sweep_edit")
    assert driver.text("sweep_count") == f"3 trials. {sentence}"
    assert not driver.find("sweep_start").enabled
    driver.click("sweep_start")
    assert shown.runner.asked == []


def test_the_trials_are_drawn_as_curves_scatter_and_parallel_coordinates(
    show_sweeps: Callable[..., Shown], tmp_path: Path
) -> None:
    from rl_trainer_ext.ui.widgets import style

    make_sweep(tmp_path / "logs", trials=make_trials(tmp_path / "logs"))
    shown = show_sweeps()
    driver = shown.driver
    assert not driver.shown("chart")
    driver.click("sweep_charts")
    shown.later()
    charts = shown.pane._charts
    drawn = charts._chart._curves
    assert driver.shown("chart")
    assert driver.text("sweep_chart_words") == "mean reward over iterations"
    # the best over all others
    assert [len(curve.x) for curve in drawn] == [8] * 6
    assert [curve.color for curve in drawn].index(style.ACCENT) == 5
    assert drawn[5].y[-1] == 4
    driver.click("trial_row:0")
    assert [curve.color for curve in charts._chart._curves][4:] == [style.BLUE, style.ACCENT]
    driver.choose("sweep_chart", "over gamma")
    assert driver.text("sweep_chart_words") == f"Last mean reward over {GAMMA}"
    assert {curve.x[0] for curve in charts._chart._curves} == {0.98, 0.99}
    driver.choose("sweep_chart", "Parallel coordinates")
    values = "learning_rate (0.0003 to 0.003), gamma (0.98 to 0.99), mean reward (1.6 to 4)"
    assert driver.text("sweep_chart_words") == f"From the left: {values}"
    assert driver.shown("chart")
    driver.click("sweep_charts")
    assert not driver.shown("chart")


def test_the_values_of_a_parameter_are_placed_as_numbers_logarithms_or_names() -> None:
    from rl_trainer_ext.ui.sweep.plots import parallel, scale_of, scatter

    assert scale_of([0.9, 0.99]).place(0.95) == 0.95
    rates = scale_of([1e-4, 1e-2])
    assert rates.place(1e-3) == pytest.approx(-3)
    assert rates.label([-4.0, -2.0]) == ["0.0001", "0.01"]
    names = scale_of(["elu", "relu", 3])
    assert [names.place(value) for value in (3, "elu", "relu")] == [0, 1, 2]
    assert names.label([0.0, 0.5, 2.0]) == ["3", "", "relu"]
    trials = tuple(
        Trial(str(index), index, {"a.x": 2.0 * index, "a.y": 1}, value=value)
        for index, value in enumerate((3.0, None, 1.0))
    )
    view = SweepView(Path("/s"), "running", "mean_reward", "min", 3, trials)
    assert [(curve.label, list(curve.x), list(curve.y)) for curve in scatter(view, "a.x", None).curves] == [
        ("Trial 0", [0.0], [3.0]),
        ("Trial 2", [4.0], [1.0]),
    ]
    assert [list(curve.y) for curve in parallel(view, ("a.x", "a.y"), None).curves] == [[0, 0.5, 1], [1, 0.5, 0]]
