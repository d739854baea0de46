# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the run browser lists, selects and draws, without a window: columns, order, selection, curves, pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.run_values import NOW, assorted, run
from helpers.runs_on_disk import make_run
from rl_trainer_ext import wording

pytestmark = pytest.mark.usefixtures("omni_ui")


def titles(width: float) -> list[str]:
    from rl_trainer_ext.ui.runs.columns import fitting

    return [column.name for column in fitting(width)]


def test_columns_drop_out_by_rank_and_the_name_never_does():
    assert titles(1000) == [
        "status",
        "name",
        "library",
        "created",
        "iterations",
        "steps",
        "last_reward",
        "best_reward",
        "seconds",
        "size",
        "sparkline",
    ]
    assert titles(380) == ["name", "created", "last_reward", "sparkline"]
    assert titles(270) == ["name", "last_reward"]
    assert titles(20) == ["name"]


@pytest.mark.parametrize("descending", [True, False])
def test_what_is_unknown_comes_last_in_either_direction(descending):
    from rl_trainer_ext.runs.columns import sorted_runs

    rewards = [one.last_reward for one in sorted_runs(assorted(), "last_reward", descending)]
    assert all(value is None or math.isnan(value) for value in rewards[-2:])
    known = rewards[:-2]
    assert known == sorted(known, reverse=descending)


def test_equals_are_ordered_from_the_newest_down():
    from rl_trainer_ext.runs.columns import sorted_runs

    same = [run(number, iterations=100) for number in (3, 1, 2)]
    for descending in (True, False):
        assert [one.created for one in sorted_runs(same, "iterations", descending)] == sorted(
            (one.created for one in same), reverse=True
        )


@pytest.mark.parametrize(
    ("words", "expected"),
    [("", 8), ("cartpole", 7), ("CARTPOLE sb3", 1), ("paper", 1), ("entropy", 1), ("killed", 1), ("rsl-rl nothing", 0)],
)
def test_the_filter_searches_all_texts_of_a_run(words, expected):
    from rl_trainer_ext.ui.runs.columns import listed

    assert len(listed(assorted(), words, "", archived=False)) == expected


def test_library_and_archive_narrow_the_list():
    from rl_trainer_ext.ui.runs.columns import listed

    runs = [*assorted(), run(50, archived=True)]
    assert {one.library for one in listed(runs, "", "sb3", archived=False)} == {"sb3"}
    assert [one.archived for one in listed(runs, "", "", archived=True)] == [True]


def test_a_run_says_how_long_ago_it_began_and_in_print_when():
    from rl_trainer_ext.runs.columns import COLUMNS

    started = next(column for column in COLUMNS if column.name == "created")
    assert [started.text(run(number), NOW) for number in (0, 3, 24 * 40)] == ["5 min ago", "3 h ago", "40 d ago"]
    assert started.text(run(0), None) == wording.short_moment(NOW - 300)


@pytest.fixture
def selection() -> Any:
    from rl_trainer_ext.ui.runs.selection import Selection

    return Selection()


ORDER = [Path(name) for name in "abcdef"]


def names(selection: Any) -> str:
    return "".join(str(path) for path in selection.paths)


def test_clicks_select_as_in_a_file_manager(selection):
    a, b, c, d, e, _ = ORDER
    selection.click(ORDER, b)
    selection.click(ORDER, d, control=True)
    assert names(selection) == "bd"
    selection.click(ORDER, b, control=True)
    assert names(selection) == "d"
    selection.click(ORDER, d)
    selection.click(ORDER, b, shift=True)
    assert names(selection) == "dcb"
    selection.click(ORDER, e, shift=True)
    assert names(selection) == "de"
    selection.click(ORDER, a)
    assert names(selection) == "a"
    selection.click(ORDER, c, control=True)
    selection.click(ORDER, d, control=True, shift=True)
    assert names(selection) == "acd"


def test_arrows_move_and_stop_at_the_ends(selection):
    selection.move(ORDER, 1)
    assert names(selection) == "a"
    selection.move(ORDER, 2)
    selection.move(ORDER, 1, shift=True)
    assert names(selection) == "cd"
    selection.move(ORDER, 100)
    assert names(selection) == "f"
    selection.move(ORDER, -100)
    assert names(selection) == "a"
    selection.move([], 1)
    assert names(selection) == "a"


def test_what_is_gone_is_not_selected(selection):
    selection.all(ORDER)
    assert selection.keep(ORDER[1:])
    assert names(selection) == "bcdef"
    assert not selection.keep(ORDER[1:])


def loaded(*run_dirs: Path) -> tuple[Any, dict[Path, Any]]:
    """A curve set that has read these runs, and all runs of their log root."""
    from rl_trainer_ext.metrics import EventReaders
    from rl_trainer_ext.runs import list_runs
    from rl_trainer_ext.ui.runs.curve_set import CurveSet

    root = run_dirs[0].parents[2]
    known = {one.path: one for one in list_runs(root, root / ".cache")}
    curves = CurveSet(EventReaders(root / ".cache"))
    curves.select([known[path] for path in run_dirs], known)
    while not curves.read(0.05):
        pass
    return curves, known


def choice(**changes: Any) -> Any:
    from rl_trainer_ext.metrics import MEAN_REWARD
    from rl_trainer_ext.ui.runs.curve_set import CurveOptions

    return CurveOptions(MEAN_REWARD, **changes)


def with_seed(run_dir: Path, seed: int, **parameters: Any) -> Path:
    values = {"seed": seed, "max_iterations": 100, "num_steps_per_env": 16, **parameters}
    (run_dir / "params" / "agent.yaml").write_text("".join(f"{key}: {value}\n" for key, value in values.items()))
    return run_dir


def test_seeds_of_one_configuration_are_one_curve_with_a_band(tmp_path):
    seeds = [
        with_seed(make_run(tmp_path, f"seed_{seed}", rewards=[seed + 0.5 * step for step in range(20)]), seed)
        for seed in (1, 2, 3)
    ]
    other = with_seed(make_run(tmp_path, "other", rewards=[9.0] * 20), 1, gamma=0.9)
    curves, _ = loaded(*seeds, other)
    mean, alone = curves.curves(choice(mean=True))
    assert len(mean.traces) == 3
    assert mean.y[0] == pytest.approx(2.0)
    assert mean.high[0] - mean.y[0] == pytest.approx(1.0)
    assert alone.low is None
    assert len(curves.curves(choice())) == 4


def test_a_resumed_run_is_drawn_joined_to_its_parent_or_not(tmp_path):
    from dataclasses import replace

    from rl_trainer_ext.metrics import EventReaders
    from rl_trainer_ext.ui.runs.curve_set import CurveSet

    parent = make_run(tmp_path, "parent", rewards=[1.0] * 30)
    child = make_run(tmp_path, "child", rewards=[2.0] * 10, first_step=20)
    _, known = loaded(parent, child)
    known[child] = replace(known[child], resumed_from=parent)
    curves = CurveSet(EventReaders(tmp_path / ".cache"))
    curves.select([known[child]], known)
    while not curves.read(0.05):
        pass
    (whole,) = curves.curves(choice())
    assert whole.x.tolist() == list(range(30))
    assert whole.y.tolist() == [1.0] * 20 + [2.0] * 10
    (alone,) = curves.curves(choice(join=False))
    assert alone.x.tolist() == list(range(20, 30))


def test_runs_of_both_libraries_share_an_axis_and_keep_their_names_apart(tmp_path):
    from rl_trainer_ext.metrics.comparison import Axis

    one = make_run(tmp_path, "one", rewards=[0.0, 1.0, 2.0])
    other = make_run(tmp_path, "other", library="sb3", rewards=[0.0, 1.0, 2.0], first_step=1)
    curves, _ = loaded(one, other)
    drawn = curves.curves(choice(axis=Axis.STEPS))
    assert [curve.x.tolist() for curve in drawn] == [[64, 128, 192], [64, 128, 192]]
    assert len({curve.label for curve in drawn}) == 2
    assert len({curve.color for curve in drawn}) == 2
    assert drawn[0].at(130) == 1.0
    assert drawn[0].at(1000) is None


def test_a_run_that_its_index_reads_is_read_once_for_its_curves_too(tmp_path, monkeypatch):
    from rl_trainer_ext.metrics.records import RecordFile
    from rl_trainer_ext.runs import RunIndex
    from rl_trainer_ext.ui.runs.curve_set import CurveSet

    run_dir = make_run(tmp_path, rewards=[float(step) for step in range(500)])
    read = []
    has = RecordFile._next
    monkeypatch.setattr(RecordFile, "_next", lambda file: read.append(has(file)) or read[-1])
    index = RunIndex(tmp_path, tmp_path / ".cache")
    curves = CurveSet(index.readers)
    while run_dir not in (known := {one.path: one for one in index.runs}):
        index.refresh(0.0)
    curves.select(list(known.values()), known)
    done = False
    while not done:  # a slice in turn, as the run browser does
        done = all([index.refresh(0.0), curves.read(0.0001)])
    assert index.runs[0].last_reward == 499.0
    assert len(curves.curves(choice())[0].y) == 500
    assert sum(record is not None for record in read) == 501  # the points, and the file's version


def test_what_has_been_read_of_a_long_run_is_drawn_before_its_end(tmp_path):
    from rl_trainer_ext.metrics import EventReaders
    from rl_trainer_ext.runs import list_runs
    from rl_trainer_ext.ui.runs.curve_set import CurveSet

    make_run(tmp_path, rewards=[1.0] * 2000)
    known = {one.path: one for one in list_runs(tmp_path, tmp_path / ".cache")}
    curves = CurveSet(EventReaders(tmp_path / ".cache"))
    curves.select(list(known.values()), known)
    lengths = []
    while not curves.read(0.0001):
        lengths += [len(one.y) for one in curves.curves(choice())]
    assert lengths[0] < 2000
    assert len(set(lengths)) > 5


def test_smoothing_keeps_what_was_logged(tmp_path):
    curves, _ = loaded(make_run(tmp_path, rewards=[0.0, 10.0] * 20))
    (curve,) = curves.curves(choice(smoothing=0.9))
    assert curve.raw.tolist() == [0.0, 10.0] * 20
    assert np.ptp(curve.y[10:]) < 2


def picture(*lines: Any, size: tuple[int, int] = (60, 40)) -> np.ndarray:
    from rl_trainer_ext.ui.widgets.chart_picture import draw

    return draw(lines, *size, (0.0, 1.0), (0.0, 1.0), background=0xFF000000, grid=0xFF202020)


def line(ys: list[float], **values: Any) -> Any:
    from rl_trainer_ext.metrics import Curve

    return Curve(np.linspace(0, 1, len(ys)), np.array(ys), color=0xFF0000FF, **values)


def test_a_line_lies_where_its_values_are_in_its_colour():
    drawn = picture(line([0.0, 1.0]))
    red = drawn[..., 0].astype(int)
    assert red[38, 1] > 100
    assert red[1, 58] > 100
    assert red[5, 5] == red[35, 55] == 0
    assert drawn[..., 1:3].max() == 0
    assert (drawn[..., 3] == 255).all()


def test_not_a_number_interrupts_a_line_and_one_point_is_seen():
    drawn = picture(line([0.5, 0.5, math.nan, 0.5, 0.5]))
    across = drawn[20, :, 0]
    assert across[5] > 100
    assert across[30] == 0
    assert across[55] > 100
    assert picture(line([math.nan, 0.5, math.nan]))[20, 30, 0] > 100


def test_a_band_lies_behind_the_line():
    ys = np.full(3, 0.5)
    drawn = picture(line([0.5] * 3, low=ys - 0.3, high=ys + 0.3))
    column = drawn[:, 30, 0].astype(int)
    assert column[20] > 200
    assert 20 < column[12] < 120
    assert column[2] == 0


def test_no_spike_is_lost_in_a_long_curve():
    from rl_trainer_ext.ui.widgets.chart_picture import decimated

    ys = np.zeros(100_000)
    ys[54_321] = 7.0
    xs, kept = decimated(np.arange(100_000.0), ys, (0, 99_999), 200)
    assert len(kept) <= 800
    assert kept.max() == 7.0
    assert (np.diff(xs) >= 0).all()


def test_parameters_of_two_runs_are_their_differences():
    from rl_trainer_ext.ui.runs.parameters import flat, rows

    one = flat({"algorithm": {"gamma": 0.99, "clip": 0.2}, "seed": 1}, "agent.")
    other = flat({"algorithm": {"gamma": 0.9, "clip": 0.2}, "seed": 1, "run_name": "b"}, "agent.")
    assert [(row.key, row.values) for row in rows([one, other])] == [
        ("agent.algorithm.gamma", ("0.99", "0.9")),
        ("agent.run_name", ("absent", "b")),
    ]
    assert len(rows([one])) == 3
    assert rows([{"env.log_dir": "/a"}, {"env.log_dir": "/b"}]) == []
