# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configures a playback or a resumed training as the run of its checkpoint was configured.

The task's configuration may have other values today, and the run may have been started with overrides. A policy needs
the networks, the normalisation and the environment that it was trained with. Overrides that are given now win.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError, shortened
from ..isaac_lab import pretrained, task_config
from ..learners.base import Learner
from ..learners.formats import set_setting
from ..overrides.hydra import written_key
from ..run_config import RunConfig
from ..runs.choosing import damaged_after
from ..runs.config_from_run import Origin, read_origin
from ..runs.parameters import compare, read_parameters
from ..runs.reward_changes import listed_changes
from .derived_settings import derived_keys
from .settings_of_run import (
    OF_ANOTHER_START,
    Words,
    in_words,
    is_given,
    is_of_another_start,
    listed,
    section,
    take_agent,
    take_env,
)

_PHYSICS = {"physics", "env.sim.physics"}
"""Two names of one setting."""


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
    differences = [each for each in compare(wanted, built, "env.") if each.key not in OF_ANOTHER_START]
    if differences:
        named = listed([f"{one.key} {in_words(one.first)} (now: {in_words(one.second)})" for one in differences])
        raise UserError(
            f"{checkpoint} needs another environment than the one that is open: {named}. Stop the playback, then play "
            "this checkpoint."
        )


def _is_teacher_of_another_task(config: RunConfig, learner: Learner) -> bool:
    path = Path(str(config.checkpoint)).expanduser().absolute()
    if not runs.other_task(path, config):
        return False
    return learner.takes_teachers(_configured(config, learner, False)[1].agent_cfg)


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
    words = Words(playing)
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
        take_agent(resolved, agent, given, words)
        learner.format.check_config(resolved.agent_cfg)
    if env:
        before_play = _configured(config, learner, False)[1].env_cfg if playing else resolved.env_cfg
        told = [written_key(text) for text in origin.overrides or ()]
        derived = derived_keys(learner.format.run_dir_of(checkpoint), env)
        take_env(resolved.env_cfg, before_play, env, given, words, told, derived)
    if not playing and (changed := _changed_rewards(learner.format.run_dir_of(checkpoint))):
        words.say(changed)
    num_envs = section(env, "scene").get("num_envs")
    if not playing and isinstance(num_envs, int) and num_envs != resolved.env_cfg.scene.num_envs:
        words.asked.append(f"{resolved.env_cfg.scene.num_envs} environments (the run: {num_envs})")
    return RunSettings(config, resolved, checkpoint, words.text)


def _with_policy_of(asked: RunConfig, learner: Learner, checkpoint: Path) -> RunSettings:
    """Configures a fine-tuning: the policy is that of the checkpoint's run, everything else is as asked for."""
    config, resolved = _configured(asked, learner, False)
    _, agent, problem = _parameters(learner.format.run_dir_of(checkpoint))
    words = Words(playing=False)
    if problem:
        words.say(problem)
    if agent:
        keys = tuple(f"agent.{key}" for key in learner.format.policy_keys)
        given = [written_key(text) for text in config.overrides]
        take_agent(resolved, agent, given, words, lambda key: is_given(key, keys))
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
    config: RunConfig, origin: Origin, *, leave_agent: bool, words: Words
) -> tuple[RunConfig, list[str]]:
    """Returns the configuration with the run's overrides before those of now, which win; and the run's overrides."""
    given = {written_key(text): text for text in config.overrides}
    keys = set(given) | (_PHYSICS if _PHYSICS & set(given) else set())
    inherited = []
    for text in origin.overrides or ():
        key = written_key(text)
        if is_of_another_start(key) or (leave_agent and key.startswith("agent.")):
            continue
        if key not in keys:
            inherited.append(text)
            words.taken.append(shortened(text))
        elif given.get(key) != text:
            words.asked.append(f"{shortened(given.get(key, 'other physics'))} (the run: {shortened(text)})")
    return config.replace(overrides=(*inherited, *config.overrides)), inherited


def _parameters(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    try:
        return (*read_parameters(run_dir), "")
    except UserError as error:
        return {}, {}, f"{error} The task's present configuration is used."


def _changed_rewards(run_dir: Path) -> str:
    """Returns a sentence about reward weights that were changed while a run trained; empty where none were."""
    record = runs.RunRecord.read(run_dir)
    if record is None or not record.reward_changes:
        return ""
    return (
        f"Reward weights of the checkpoint's run were changed while it ran ({listed_changes(record.reward_changes)}): "
        "this training starts from the weights of the configuration."
    )


def _is_same_task(one: str, other: str) -> bool:
    from isaaclab_rl.entrypoints.common import normalize_task_name

    return normalize_task_name(one) == normalize_task_name(other)
