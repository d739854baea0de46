# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configures a playback or a resumed training as the run of its checkpoint was configured.

The task's configuration may have other values today, and the run may have been started with overrides. A policy needs
the networks, the normalisation and the environment that it was trained with. Overrides that are given now win.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError, shortened
from ..isaac_lab import pretrained, task_config
from ..learners.base import Learner
from ..learners.formats import set_setting
from ..learners.resuming import is_start_key
from ..overrides.hydra import written_key
from ..run_config import RunConfig
from ..runs.choosing import damaged_after
from ..runs.config_from_run import Origin, read_origin
from ..runs.parameters import ABSENT, Difference, compare, read_parameters

_SHOWN = 3
"""Differences that are named; the others are counted."""

_OF_ANOTHER_START = {
    *("agent.seed", "agent.logger", "agent.wandb_project", "agent.neptune_project", "agent.load_checkpoint"),
    *("agent.save_interval", "env.seed", "env.log_dir", "env.scene.num_envs", "env.sim.device"),
}
"""Settings of how, where or how long a process runs, rather than of what a policy sees or how it learns; those of the
libraries' formats come in addition."""

_OF_THE_MACHINE = ("env.sim.physics", "env.sim.render", "env.sim.visualizer", "env.viewer", "env.ui_window")
"""Settings of how the environment is computed and drawn, which depend on the machine."""

_PHYSICS = {"physics", "env.sim.physics"}
"""Two names of one setting."""

_NAMES_CODE = re.compile(r"[\w.]*\w:[\w.]+|[A-Za-z_]\w*(\.\w+)+")


@dataclass
class RunSettings:
    """The configuration of a run that is about to start.

    Args:
        config: What was asked for, with the agent and overrides of the checkpoint's run.
        resolved: Isaac Lab's configuration, as the learner configures it.
        checkpoint: The checkpoint to play or to resume from; None for a training from scratch.
        notice: What is taken from the checkpoint's run, and what differs from it; or empty.
    """

    config: RunConfig
    resolved: task_config.ResolvedConfig
    checkpoint: Path | None = None
    notice: str = ""


def configure_run(config: RunConfig, learner: Learner, *, playing: bool) -> RunSettings:
    """Finds the checkpoint of a run, if it names one, and configures the run as the checkpoint's run was configured.

    Args:
        config: What was asked for.
        learner: The learner of the library.
        playing: Whether it is a playback.

    Raises:
        UserError: When there is no such checkpoint, or an override or a setting of its run does not fit.
    """
    if not playing and config.checkpoint is None:
        return RunSettings(*_configured(config, learner, playing))
    if config.checkpoint == pretrained.SELECTOR:
        env_cfg = _configured(config, learner, playing)[1].env_cfg
        config = config.replace(checkpoint=str(pretrained.published_checkpoint(config, env_cfg)))
    fine_tunes = config.fine_tune and not playing
    chosen_here = config.checkpoint in (None, "", *runs.SELECTORS)
    experiment = ""
    if chosen_here:
        experiment = learner.experiment(config, _configured(config, learner, playing)[1].agent_cfg)
    any_task = not chosen_here and (fine_tunes or (not playing and _is_teacher_of_another_task(config, learner)))
    checkpoint = runs.find_checkpoint(config, experiment, any_task=any_task)
    if fine_tunes:
        settings = _with_policy_of(config, learner, checkpoint)
    else:
        origin = read_origin(learner.format.run_dir_of(checkpoint), config.library)
        settings = _like_run(origin, config, learner, checkpoint, playing)
    if chosen_here and (skipped := damaged_after(checkpoint, config.library, config.checkpoint)):
        names = " and ".join(path.name for path in skipped)
        cut = f"Skipped {names}, which {'is' if len(skipped) == 1 else 'are'} damaged: took {checkpoint.name}."
        settings.notice = " ".join(filter(None, (cut, settings.notice)))
    return settings


def require_same_environment(checkpoint: Path, built: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Checks that a checkpoint can be played in the open environment.

    Args:
        checkpoint: The checkpoint, for the error.
        built: Configuration of the open environment before it was built, from :func:`as_dumped`.
        wanted: Configuration of the checkpoint's environment, likewise.

    Raises:
        UserError: When the checkpoint needs another environment.
    """
    differences = [each for each in compare(wanted, built, "env.") if each.key not in _OF_ANOTHER_START]
    if differences:
        listed = _listed([f"{one.key} {_value(one.first)} (now: {_value(one.second)})" for one in differences])
        raise UserError(
            f"{checkpoint} needs another environment than the one that is open: {listed}. Stop the playback, then play "
            "this checkpoint."
        )


def _is_teacher_of_another_task(config: RunConfig, learner: Learner) -> bool:
    path = Path(str(config.checkpoint)).expanduser().absolute()
    if not runs.other_task(path, config):
        return False
    return learner.takes_teachers(_configured(config, learner, False)[1].agent_cfg)


def as_dumped(cfg: object) -> dict[str, Any]:
    """Returns a configuration as the plain values that are stored in a run's files."""
    from isaaclab_rl.entrypoints.common import dump_train_configs

    with tempfile.TemporaryDirectory() as folder:
        dump_train_configs(folder, {}, cfg)
        return read_parameters(Path(folder))[1]


def _configured(config: RunConfig, learner: Learner, playing: bool) -> tuple[RunConfig, task_config.ResolvedConfig]:
    """Returns what was asked for, with a drawn seed if it asks for one, and Isaac Lab's configuration."""
    resolved = task_config.resolve(config, play=playing)
    for key, name in (
        (learner.format.experiment_key, config.experiment_name),
        (learner.format.run_name_key, config.run_name),
    ):
        if key and name is not None:
            set_setting(resolved.agent_cfg, key, name)
    if config.logger is not None and not playing:
        set_setting(resolved.agent_cfg, learner.format.logger_key, config.logger)
        for key in learner.format.log_project_keys if config.log_project_name else ():
            set_setting(resolved.agent_cfg, key, config.log_project_name)
        learner.format.check_config(resolved.agent_cfg)  # whether its package is installed
    config = config.replace(seed=task_config.drawn_seed(config, resolved.agent_cfg))
    resolved.agent_cfg = learner.configure(config, resolved.env_cfg, resolved.agent_cfg)
    return config, resolved


def _like_run(origin: Origin, asked: RunConfig, learner: Learner, checkpoint: Path, playing: bool) -> RunSettings:
    if origin.task and not _is_same_task(origin.task, asked.task):
        return RunSettings(*_configured(asked, learner, playing), checkpoint)  # such as the teacher of a student
    config, same_agent = _with_agent(asked, origin)
    env, agent, problem = _parameters(learner.format.run_dir_of(checkpoint))
    words = _Words(playing)
    if problem:
        words.say(problem)
    if not same_agent:
        agent = {}
        words.say(f"Configured as {config.agent_entry_point}, not as the run ({origin.agent}).")
    config, inherited = _with_overrides(config, origin, leave_agent=bool(agent) or not same_agent, words=words)
    try:
        config, resolved = _configured(config, learner, playing)
    except UserError as error:
        if not inherited:
            raise
        _configured(config.replace(overrides=asked.overrides), learner, playing)  # raises if they are the cause
        shown = " ".join(map(shortened, inherited))
        raise UserError(f"The run of {checkpoint} was started with {shown}, which no longer fits: {error}") from error
    given = [written_key(text) for text in config.overrides]
    if agent:
        _take_agent(resolved, agent, given, words)
        learner.format.check_config(resolved.agent_cfg)
    if env and origin.overrides is None:
        before_play = _configured(config, learner, False)[1].env_cfg if playing else resolved.env_cfg
        _take_env(resolved.env_cfg, before_play, env, given, words)
    num_envs = _section(env, "scene").get("num_envs")
    if not playing and isinstance(num_envs, int) and num_envs != resolved.env_cfg.scene.num_envs:
        words.asked.append(f"{resolved.env_cfg.scene.num_envs} environments (the run: {num_envs})")
    return RunSettings(config, resolved, checkpoint, words.text)


def _with_policy_of(asked: RunConfig, learner: Learner, checkpoint: Path) -> RunSettings:
    """Configures a fine-tuning: the policy is that of the checkpoint's run, everything else is as asked for."""
    config, resolved = _configured(asked, learner, False)
    _, agent, problem = _parameters(learner.format.run_dir_of(checkpoint))
    words = _Words(playing=False)
    if problem:
        words.say(problem)
    if agent:
        keys = tuple(f"agent.{key}" for key in learner.format.policy_keys)
        given = [written_key(text) for text in config.overrides]
        _take_agent(resolved, agent, given, words, lambda key: _is_given(key, keys))
        learner.format.check_config(resolved.agent_cfg)
    return RunSettings(config, resolved, checkpoint, words.text)


def _with_agent(asked: RunConfig, origin: Origin) -> tuple[RunConfig, bool]:
    """Returns the configuration with the run's agent where none is given, and whether that is the run's agent."""
    import gymnasium

    if origin.agent is None or origin.agent == asked.agent_entry_point:
        return asked, True
    if asked.agent is not None:
        return asked, False
    if origin.agent not in gymnasium.spec(asked.task.split(":")[-1]).kwargs:
        raise UserError(
            f"The checkpoint was trained with the agent configuration {shortened(origin.agent)}, which {asked.task} "
            "no longer has: choose another with --agent, or another checkpoint."
        )
    return asked.replace(agent=origin.agent), True


def _with_overrides(
    config: RunConfig, origin: Origin, *, leave_agent: bool, words: _Words
) -> tuple[RunConfig, list[str]]:
    """Returns the configuration with the run's overrides before those of now, which win; and the run's overrides."""
    given = {written_key(text): text for text in config.overrides}
    keys = set(given) | (_PHYSICS if _PHYSICS & set(given) else set())
    inherited = []
    for text in origin.overrides or ():
        key = written_key(text)
        if _is_of_another_start(key) or (leave_agent and key.startswith("agent.")):
            continue
        if key not in keys:
            inherited.append(text)
            words.taken.append(shortened(text))
        elif given.get(key) != text:
            words.asked.append(f"{shortened(given.get(key, 'other physics'))} (the run: {shortened(text)})")
    return config.replace(overrides=(*inherited, *config.overrides)), inherited


def _take_agent(
    resolved: task_config.ResolvedConfig,
    theirs: Mapping[str, Any],
    given: Iterable[str],
    words: _Words,
    takes: Callable[[str], bool] = lambda key: not _is_of_another_start(key),
) -> None:
    """Writes the run's agent settings into the agent's configuration, those of the keys that are to be taken."""
    dictionary = isinstance(resolved.agent_cfg, dict)
    for difference in compare(as_dumped(resolved.agent_cfg), theirs, "agent."):
        key, now, then = difference.key, difference.first, difference.second
        if not takes(key):
            continue
        if _is_given(key, given):
            words.differs(difference)
        elif not dictionary and ABSENT in (now, then) and "obs_groups" not in key:
            continue  # a setting that only one of two versions of the library has
        elif not dictionary and _names_code(then):
            _refuse_code(key, then, words)
        else:
            _write(resolved.agent_cfg, key, then)
            words.takes(difference)


def _take_env(env_cfg: Any, before_play: Any, theirs: Mapping[str, Any], given: Iterable[str], words: _Words) -> None:
    """Writes the numbers of the run's environment into the environment's configuration.

    Strings are kept, because they may be paths and names of this machine.

    Args:
        env_cfg: The configuration to change.
        before_play: The same, before the task changes it for a playback.
        theirs: The environment's parameters in the run.
        given: The keys that are overridden now.
        words: Gets what to tell the user.
    """
    now = as_dumped(before_play)
    if _physics(now) != _physics(theirs):
        words.say("The run had other physics: the environment is configured as the task is today.")
        return
    for difference in compare(now, theirs, "env."):
        key = difference.key
        if key in _OF_ANOTHER_START or key.startswith(_OF_THE_MACHINE):
            continue
        if _is_given(key, given):
            words.differs(difference)
        elif _is_number(difference.second) and (difference.first is None or _is_number(difference.first)):
            _write(env_cfg, key, difference.second)
            words.takes(difference)


class _Words:
    """Gathers what to tell the user about the settings of the checkpoint's run."""

    def __init__(self, playing: bool) -> None:
        self.taken: list[str] = []
        self.asked: list[str] = []
        self._playing = playing
        self._said: list[str] = []

    def say(self, sentence: str) -> None:
        self._said.append(sentence)

    def takes(self, difference: Difference) -> None:
        if not (self._playing and difference.key.startswith("agent.algorithm.")):
            self.taken.append(
                f"{difference.key} {_value(difference.second)} (the task today: {_value(difference.first)})"
            )

    def differs(self, difference: Difference) -> None:
        self.asked.append(f"{difference.key} {_value(difference.first)} (the run: {_value(difference.second)})")

    @property
    def text(self) -> str:
        sentences = list(self._said)
        if self.taken:
            sentences.append(f"Taken from the checkpoint's run: {_listed(self.taken)}.")
        if self.asked:
            sentences.append(f"Differs from the checkpoint's run: {_listed(self.asked)}.")
        return " ".join(sentences)


def _refuse_code(key: str, value: Any, words: _Words) -> None:
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


def _is_of_another_start(key: str) -> bool:
    return key in _OF_ANOTHER_START or is_start_key(key.removeprefix("agent."))


def _is_given(key: str, given: Iterable[str]) -> bool:
    return any(key == one or key.startswith(f"{one}.") or one.startswith(f"{key}.") for one in given)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, list) and bool(value) and all(map(_is_number, value)))


def _physics(env: Mapping[str, Any]) -> Any:
    return _section(_section(env, "sim"), "physics").get("class_type")


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    return section if isinstance(section, Mapping) else {}


def _parameters(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    try:
        return (*read_parameters(run_dir), "")
    except UserError as error:
        return {}, {}, f"{error} The task's present configuration is used."


def _is_same_task(one: str, other: str) -> bool:
    from isaaclab_rl.entrypoints.common import normalize_task_name

    return normalize_task_name(one) == normalize_task_name(other)


def _listed(items: list[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _value(value: Any) -> str:
    if value is ABSENT:
        return "not set"
    return shortened(f"{value:g}" if isinstance(value, float) else "null" if value is None else str(value))
