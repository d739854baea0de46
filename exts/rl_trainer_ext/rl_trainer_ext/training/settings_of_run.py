# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Takes settings of an earlier run into the configuration of a new one, and tells what is taken and what differs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError, shortened
from ..isaac_lab import task_config
from ..learners.resuming import is_start_key
from ..runs.parameters import ABSENT, Difference, compare, read_parameters
from .derived_settings import is_derived

_SHOWN = 3
"""Differences that are named; the others are counted."""

OF_ANOTHER_START = {
    *("agent.seed", "agent.logger", "agent.wandb_project", "agent.neptune_project", "agent.load_checkpoint"),
    *("agent.save_interval", "env.seed", "env.log_dir", "env.scene.num_envs", "env.sim.device"),
}
"""Settings of how, where or how long a process runs, rather than of what a policy sees or how it learns; those of the
libraries' formats come in addition."""

_OF_THE_MACHINE = ("env.sim.physics", "env.sim.render", "env.sim.visualizer", "env.viewer", "env.ui_window")
"""Settings of how the environment is computed and drawn, which depend on the machine."""

_NAMES_CODE = re.compile(r"[\w.]*\w:[\w.]+|[A-Za-z_]\w*(\.\w+)+")


class Words:
    """Gathers what to tell the user about the settings of the checkpoint's run."""

    def __init__(self, playing: bool) -> None:
        self.taken: list[str] = []
        self.asked: list[str] = []
        self.left: list[str] = []
        self._playing = playing
        self._said: list[str] = []

    def say(self, sentence: str) -> None:
        """Adds a sentence."""
        self._said.append(sentence)

    def takes(self, difference: Difference) -> None:
        """Adds a setting that is the run's."""
        if not (self._playing and difference.key.startswith("agent.algorithm.")):
            self.taken.append(
                f"{difference.key} {in_words(difference.second)} (the task today: {in_words(difference.first)})"
            )

    def differs(self, difference: Difference) -> None:
        """Adds a setting that is given now, and is another than the run's."""
        self.asked.append(f"{difference.key} {in_words(difference.first)} (the run: {in_words(difference.second)})")

    def leaves(self, difference: Difference) -> None:
        """Adds a setting of the run that is not taken."""
        self.left.append(
            f"{difference.key} {in_words(difference.second)} (the task today: {in_words(difference.first)})"
        )

    @property
    def text(self) -> str:
        """All of it, in sentences."""
        sentences = list(self._said)
        if self.taken:
            sentences.append(f"Taken from the checkpoint's run: {listed(self.taken)}.")
        if self.left:
            sentences.append(f"Of the checkpoint's run, not taken: {listed(self.left)}.")
        if self.asked:
            sentences.append(f"Differs from the checkpoint's run: {listed(self.asked)}.")
        return " ".join(sentences)


def as_dumped(cfg: object) -> dict[str, Any]:
    """Returns a configuration as the plain values that are stored in a run's files."""
    from isaaclab_rl.entrypoints.common import dump_train_configs

    with tempfile.TemporaryDirectory() as folder:
        dump_train_configs(folder, {}, cfg)
        return read_parameters(Path(folder))[1]


def take_agent(
    resolved: task_config.ResolvedConfig,
    theirs: Mapping[str, Any],
    given: Iterable[str],
    words: Words,
    takes: Callable[[str], bool] = lambda key: not is_of_another_start(key),
) -> None:
    """Writes the run's agent settings into the agent's configuration, those of the keys that are to be taken."""
    dictionary = isinstance(resolved.agent_cfg, dict)
    for difference in compare(as_dumped(resolved.agent_cfg), theirs, "agent."):
        key, now, then = difference.key, difference.first, difference.second
        if not takes(key):
            continue
        if is_given(key, given):
            words.differs(difference)
        elif not dictionary and ABSENT in (now, then) and "obs_groups" not in key:
            continue  # a setting that only one of two versions of the library has
        elif not dictionary and _names_code(then):
            _refuse_code(key, then, words)
        else:
            _write(resolved.agent_cfg, key, then)
            words.takes(difference)


def take_env(
    env_cfg: Any,
    before_play: Any,
    theirs: Mapping[str, Any],
    given: Iterable[str],
    words: Words,
    told: Iterable[str],
    derived: Iterable[str] = (),
) -> None:
    """Writes the numbers of the run's environment into the environment's configuration.

    Everything else that differs is told, and stays as the task has it: it may be a part that the task no longer has, or
    name code. Paths are of this machine.

    Args:
        env_cfg: The configuration to change.
        before_play: The same, before the task changes it for a playback.
        theirs: The environment's parameters in the run.
        given: The keys that are overridden now.
        words: Gets what to tell the user.
        told: The keys of the run's overrides, of which the user has been told.
        derived: The keys of settings that the environment computes from others: the others are compared.
    """
    now = as_dumped(before_play)
    if _physics(now) != _physics(theirs):
        words.say("The run had other physics: the environment is configured as the task is today.")
        return
    for difference in compare(now, theirs, "env."):
        key = difference.key
        if key in OF_ANOTHER_START or key.startswith(_OF_THE_MACHINE) or is_derived(key, derived):
            continue
        if is_given(key, given):
            if not is_given(key, told):
                words.differs(difference)
        elif _is_number(difference.second) and (difference.first is None or _is_number(difference.first)):
            _write(env_cfg, key, difference.second)
            words.takes(difference)
        elif not any(map(_is_of_this_machine, (difference.first, difference.second))):
            words.leaves(difference)


def is_of_another_start(key: str) -> bool:
    """Returns whether a setting says how, where or how long a process runs, not what a policy sees or learns."""
    return key in OF_ANOTHER_START or is_start_key(key.removeprefix("agent."))


def is_given(key: str, given: Iterable[str]) -> bool:
    """Returns whether a key, a section that has it, or a value within it is among the given ones."""
    return any(key == one or key.startswith(f"{one}.") or one.startswith(f"{key}.") for one in given)


def section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Returns a section of a configuration; empty where there is none."""
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def listed(items: list[str]) -> str:
    """Returns the first items of a list in words, and how many more there are."""
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def in_words(value: Any) -> str:
    """Returns a value as a text for a sentence."""
    if value is ABSENT:
        return "not set"
    return shortened(f"{value:g}" if isinstance(value, float) else "null" if value is None else str(value))


def _refuse_code(key: str, value: Any, words: Words) -> None:
    """Refuses a setting that names code: a file must not choose what is imported."""
    if key.endswith("class_name"):
        raise UserError(
            f"The checkpoint was trained with {key}={value}, which names code and is not taken from a file: add it to "
            "the overrides."
        )
    words.say(f"{key} of the run names code and is not taken from a file.")


def _names_code(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_names_code, value.values()))
    return isinstance(value, str) and _NAMES_CODE.fullmatch(value) is not None


def _write(target: Any, key: str, value: Any) -> None:
    *path, name = key.split(".")[1:]
    for part in path:
        target = target[part] if isinstance(target, dict) else getattr(target, part)
    if isinstance(target, dict):
        if value is ABSENT:
            del target[name]
        else:
            target[name] = value
        return
    if isinstance(getattr(target, name, None), tuple) and isinstance(value, list):
        value = tuple(value)
    setattr(target, name, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, list) and bool(value) and all(map(_is_number, value)))


def _is_of_this_machine(value: Any) -> bool:
    """Whether a value of an environment is a path or a URL."""
    return isinstance(value, str) and ("/" in value or "\\" in value)


def _physics(env: Mapping[str, Any]) -> Any:
    return section(section(env, "sim"), "physics").get("class_type")
