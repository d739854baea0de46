# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""All settings of a task: how each is edited, what the source says of it, and that every value shown is accepted."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from helpers.fuzzing import any_text, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from rl_trainer_ext.isaac_lab.field_documentation import documentation_of
from rl_trainer_ext.isaac_lab.task_settings import Kind, TaskSettings, matching
from rl_trainer_ext.training.commands import Describe
from rl_trainer_ext.training.descriptions import TaskDescriptions


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def reward(env: Any) -> None:
    """Rewards nothing.

    More words.
    """


@dataclass
class Term:
    func: Callable[..., Any] = reward
    weight: float = 1.0
    """How much it counts."""


@dataclass
class Rewards:
    a_term_with_a_long_name: Term = field(default_factory=Term)
    other: Term = field(default_factory=lambda: Term(weight=-2.5e-5))


@dataclass
class Base:
    dt: float = 0.01
    """Seconds of a step.

    A second paragraph."""


@dataclass
class Environment(Base):
    dt: float = 0.02
    count: int | None = None
    """A number of things."""
    active: bool = True
    maybe: bool | None = None
    mode: Literal["fast", "slow"] = "fast"
    colour: Colour = Colour.RED
    name: str = "1.5"
    size: tuple[float, ...] = (1.0, 2.0)
    either: int | list[int] = 3
    joints: dict[str, float] = field(default_factory=lambda: {".*_hip": 0.5})
    named: dict[str, float] = field(default_factory=lambda: {"hip": 0.5})
    part: Term | None = None
    thing: Any = field(default_factory=object)
    rewards: Rewards = field(default_factory=Rewards)
    seed: int | None = None
    table: list[int] = field(default_factory=lambda: list(range(2000)))


AGENT = {"algorithm": {"gamma": 0.99, "lr": 1e-4}, "name": "x"}


@pytest.fixture
def settings() -> TaskSettings:
    alternatives = {"env.rewards": {"default": Rewards(), "sparse": Rewards()}}
    return TaskSettings(Environment(), AGENT, alternatives, {"agent.algorithm": {"gamma": float, "lr": float}})


@pytest.mark.parametrize(
    ("key", "kind", "text"),
    [
        ("env.dt", Kind.NUMBER, "0.02"),
        ("env.count", Kind.NUMBER, "null"),
        ("env.active", Kind.TRUTH, "true"),
        ("env.maybe", Kind.CHOICE, "null"),
        ("env.mode", Kind.CHOICE, "fast"),
        ("env.colour", Kind.CHOICE, "red"),
        ("env.name", Kind.TEXT, "1.5"),
        ("env.size", Kind.VALUE, "(1.0,2.0)"),
        ("env.either", Kind.VALUE, "3"),
        ("env.joints", Kind.VALUE, "{'.*_hip':0.5}"),
        ("env.named.hip", Kind.NUMBER, "0.5"),
        ("env.part", Kind.FIXED, "null"),
        ("env.thing", Kind.FIXED, "object"),
        ("env.seed", Kind.FIXED, "set by Seed"),
        ("env.table", Kind.FIXED, "[0,1,"),
        ("env.rewards", Kind.SECTION, "Rewards"),
        ("env.rewards.other.func", Kind.TEXT, f"{__name__}:reward"),
        ("env.rewards.other.weight", Kind.NUMBER, "-2.5e-05"),
        ("agent.algorithm.lr", Kind.NUMBER, "0.0001"),
    ],
)
def test_each_value_has_an_editor_that_fits(settings: TaskSettings, key: str, kind: Kind, text: str) -> None:
    assert settings.by_key[key].kind is kind
    assert settings.by_key[key].text.startswith(text)


def test_the_value_that_is_shown_is_accepted_and_shown_again(settings: TaskSettings) -> None:
    for setting in settings.all:
        if setting.kind not in (Kind.SECTION, Kind.FIXED):
            override = settings.override(setting, setting.text)
            assert settings.problem(override) == ""
            assert settings.shown(override) == setting.text


@pytest.mark.parametrize(
    ("key", "typed", "problem"),
    [
        ("env.dt", "fast", "env.dt is a number, now 0.02, not the text 'fast'"),
        ("env.dt", "inf", "env.dt is a number"),
        ("env.count", "1.5", "env.count is a whole number or null"),
        ("env.mode", "medium", "env.mode is fast or slow"),
        ("env.size", "[a]", "env.size is a list of numbers"),
        ("env.rewards.other.weight", "heavy", "env.rewards.other.weight is a number"),
        ("env.name", "2.5", ""),
        ("env.count", "null", ""),
        ("env.joints", "{'.*':1}", ""),
    ],
)
def test_what_the_overrides_refuse_is_refused_here(settings: TaskSettings, key: str, typed: str, problem: str) -> None:
    found = settings.problem(settings.override(settings.by_key[key], typed))
    assert problem in found
    assert bool(problem) == bool(found)


@fuzzed(examples=150)
@given(typed=any_text(12), data=st.data())
def test_whatever_is_typed_is_accepted_or_refused_in_one_sentence(typed: str, data: Any) -> None:
    settings = TaskSettings(Environment(), AGENT, {}, {})
    setting = data.draw(st.sampled_from([one for one in settings.all if one.kind not in (Kind.SECTION, Kind.FIXED)]))
    override = settings.override(setting, typed)
    assert "\n" not in settings.problem(override)
    assert isinstance(settings.shown(override), str)


def test_sections_know_what_is_in_them_and_their_alternatives(settings: TaskSettings) -> None:
    rewards = settings.by_key["env.rewards"]
    place = settings.all.index(rewards)
    inside = settings.all[place + 1 : place + 1 + rewards.size]
    assert [one.key for one in inside if one.depth == 2] == ["env.rewards.a_term_with_a_long_name", "env.rewards.other"]
    assert settings.all[place + 1 + rewards.size].key == "env.seed"
    assert rewards.choices == ("default", "sparse")
    assert settings.is_alternative("env.rewards=sparse")
    assert not settings.is_alternative("env.mode=sparse")
    assert [one.reward_term for one in settings.reward_weights] == ["a_term_with_a_long_name", "other"]


def test_the_source_documents_a_setting(settings: TaskSettings) -> None:
    assert settings.documentation("env.count") == "A number of things."
    assert settings.documentation("env.dt").startswith("Seconds of a step.\n\nA second")
    assert settings.documentation("env.rewards.other.weight") == "How much it counts.\nRewards nothing."
    for key in ("env", "env.named.hip", "agent.algorithm.lr", "env.active", "env.no.such"):
        assert settings.documentation(key) == ""


def test_an_edited_source_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "edited_settings.py"
    source.write_text('class A:\n    x: int = 1\n    """One."""\n')
    import edited_settings  # type: ignore[import-not-found]

    assert documentation_of(edited_settings.A, "x") == "One."
    source.write_text('class A:\n    x: int = 1\n    """Another one."""\n')
    assert documentation_of(edited_settings.A, "x") == "Another one."
    source.write_text("class A:\n    x: int = (\n")
    assert documentation_of(edited_settings.A, "x") == ""


def test_search_finds_settings_and_the_sections_around_them(settings: TaskSettings) -> None:
    found = [settings.all[index].key for index in matching(settings.all, ["OTHER", "weight"])]
    assert found == ["env", "env.rewards", "env.rewards.other", "env.rewards.other.weight"]
    assert list(matching(settings.all, ["nothing"])) == []
    assert len(list(matching(settings.all, []))) == len(settings.all)


def test_every_value_of_a_real_task_is_accepted_as_it_is(trainer: Any) -> None:
    details = TaskDescriptions().get(Describe("Isaac-Cartpole", "rsl_rl"))
    settings = details.settings
    assert settings is not None
    assert [one.reward_term for one in settings.reward_weights][:2] == ["alive", "terminating"]
    assert settings.by_key["env.sim.physics"].choices[-1] == "default"
    assert settings.by_key["agent.algorithm.gamma"].kind is Kind.NUMBER
    refused = [
        problem
        for one in settings.all
        if one.kind not in (Kind.SECTION, Kind.FIXED)
        and (problem := settings.problem(settings.override(one, one.text)))
    ]
    assert not refused
    assert "time-step" in settings.documentation("env.sim.dt")
    assert "alive" in settings.documentation("env.rewards.alive.weight")
