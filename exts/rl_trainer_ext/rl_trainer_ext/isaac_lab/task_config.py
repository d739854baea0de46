# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Resolves Isaac Lab's configuration of a run (presets, overrides, device) and checks that it can run here.

Isaac Lab takes seconds to import, so the functions import it. It reads the asset root during its import: apply
:func:`rl_trainer_ext.isaac_lab.assets.choose_asset_root` before.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
from dataclasses import dataclass
from typing import Any

from ..errors import UserError, shortened
from ..learners.formats import format_of
from ..overrides.hydra import Override, check, chooses_preset, first_line, hydra_raises, override_errors
from ..run_config import RunConfig
from ..system.installation import isaac_sim_is_installed, not_installed
from .assets import missing_assets
from .cards import read_card
from .ovphysx import obstacle
from .presets import NEWTON, check_selectors, chooses_physics, declared_presets, preset_groups
from .task_card import TaskCard
from .task_settings import TaskSettings
from .task_sources import note_sources
from .tasks import TaskDetails

CPU_NUM_ENVS = 64
"""Default number of environments on a CPU: the tasks' own defaults are for GPUs."""

NEWTON_PRESET = f"physics={NEWTON}"


@dataclass
class ResolvedConfig:
    """Isaac Lab's configuration of one run, with its overrides."""

    env_cfg: Any
    agent_cfg: Any
    launcher_args: argparse.Namespace
    notice: str = ""
    """One sentence about the parts of the task's configuration that are left out; empty without any."""


def devices() -> tuple[str, ...]:
    """Returns Isaac Lab's names of the devices of this machine, the fastest first."""
    import torch

    return (*(f"cuda:{index}" for index in range(torch.cuda.device_count())), "cpu")


def resolve_device(device: str | None) -> str:
    """Returns the device of a name; for None, the fastest.

    Raises:
        UserError: When there is no such device; names the existing ones.
    """
    known = devices()
    if device is None:
        return known[0]
    if device not in known and not (device == "cuda" and "cuda:0" in known):
        raise UserError(f"There is no device '{shortened(device)}' on this machine: choose {' or '.join(known)}.")
    return device


def drawn_seed(config: RunConfig, agent_cfg: Any) -> int | None:
    """Returns the seed of a run; replaces -1 by a new random one, even after runs that seeded Python's generator.

    Args:
        config: The run's configuration; a seed of None stands for that of the agent's configuration.
        agent_cfg: The agent's configuration.

    Returns:
        A seed from Isaac Lab's range in place of -1, otherwise the run's own.
    """
    seed = config.seed
    if seed is None:
        seed = -1 if format_of(config.library).seed(agent_cfg) == -1 else None
    return secrets.randbelow(10_001) if seed == -1 else seed


def resolve(config: RunConfig, *, play: bool = False) -> ResolvedConfig:
    """Returns Isaac Lab's configuration for a run: presets, overrides, number of environments, device.

    Args:
        config: The user's configuration; without a library for the environment only.
        play: Whether to apply the task's play-mode overrides.

    Raises:
        UserError: For an override that does not fit, a device that does not exist, a task that cannot run here.
    """
    config.validate()
    device = resolve_device(config.device)
    env_cfg, agent_cfg = _resolve_task_config(config, play)  # imports the tasks, which registers them
    _check_registration(config.task)
    note_sources()
    library = format_of(config.library)
    if problem := not_installed(library):
        raise UserError(problem)
    library.check_config(agent_cfg)
    env_cfg.sim.device = device
    if config.num_envs is not None:
        env_cfg.scene.num_envs = config.num_envs
    elif device == "cpu":
        env_cfg.scene.num_envs = min(env_cfg.scene.num_envs, CPU_NUM_ENVS)
    note = _note_on_agents(config, env_cfg, agent_cfg) if config.library else ""
    notice = " ".join(filter(None, (note, _leave_out_visualizers(config, env_cfg))))
    launcher_args = _launcher_args(device)
    _check_runtime(config.task, env_cfg, launcher_args)
    from isaaclab_ov.physics import OvPhysxCfg

    # the launch check above has resolved physics=physx to one of Isaac Lab's two
    if isinstance(env_cfg.sim.physics, OvPhysxCfg) and (problem := obstacle(device)):
        raise UserError(problem)
    missing = missing_assets(env_cfg)
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UserError(
            f"{config.task} needs assets that are unreachable ({missing[0]}{more}): connect to the internet, or set "
            "ISAACSIM_ASSET_ROOT to a folder with Isaac's assets and start again."
        )
    return ResolvedConfig(env_cfg, agent_cfg, launcher_args, notice)


def _check_registration(task: str) -> None:
    """Refuses a task whose registration adds a wrapper for a single environment."""
    import gymnasium

    limit = gymnasium.spec(task.split(":")[-1]).max_episode_steps
    if limit is not None:
        raise UserError(
            f"{task} is registered with max_episode_steps={limit}, which Gymnasium counts for one environment and not "
            "for parallel ones: leave it out of gymnasium.register() and set episode_length_s in the configuration."
        )


def _note_on_agents(config: RunConfig, env_cfg: Any, agent_cfg: Any) -> str:
    """Returns a sentence about a task of several agents that are trained as one; empty for other tasks.

    Raises:
        UserError: When the algorithm trains several agents and the task has one.
    """
    from isaaclab.envs import DirectMARLEnvCfg

    known = format_of(config.library)
    trains_each = known.trains_each_agent(agent_cfg)
    if not isinstance(env_cfg, DirectMARLEnvCfg):
        if trains_each:
            raise UserError(
                f"{config.task} has one agent, and the agent configuration names an algorithm for several: choose "
                "another algorithm, or another agent configuration."
            )
        return ""
    if trains_each:
        return ""
    agents = ", ".join(map(str, env_cfg.possible_agents))
    return (
        f"{config.task} has several agents ({agents}). With this agent configuration {known.label} trains them as one, "
        "which sees what all of them see and acts for all."
    )


def _leave_out_visualizers(config: RunConfig, env_cfg: Any) -> str:
    """Removes Isaac Lab's visualizers and the videos that need one from a configuration, so that no step draws.

    Returns:
        One sentence about the removed parts; empty without any.

    Raises:
        UserError: When an override asks for a visualizer.
    """
    for override in config.overrides:
        if override.lstrip("+~").startswith("env.sim.visualizer_cfgs"):
            raise UserError(
                f"'{override}' does not fit: the viewport here takes the place of Isaac Lab's visualizers; leave it "
                "out, or train with isaaclab train --visualizer."
            )
    own = env_cfg.sim.visualizer_cfgs or []
    own = own if isinstance(own, (list, tuple)) else [own]
    env_cfg.sim.visualizer_cfgs = []
    recorders = list(getattr(env_cfg, "video_recorders", None) or [])
    kept = [each for each in recorders if str(each.source).partition(":")[0] != "visualizer"]
    left_out = []
    if own:
        left_out.append(f"visualizers ({', '.join(type(each).__name__ for each in own)})")
    if len(kept) < len(recorders):
        # a recorder without its visualizer raises at its first frame
        env_cfg.video_recorders = kept
        left_out.append(f"videos of a visualizer ({len(recorders) - len(kept)})")
    if not left_out:
        return ""
    return f"Left out of {config.task}, because the viewport here takes their place: its {' and '.join(left_out)}."


def describe(
    task: str,
    library: str,
    device: str,
    agent: str | None = None,
    overrides: tuple[str, ...] = (),
    *,
    elsewhere: bool = False,
) -> TaskDetails:
    """Returns the defaults of a task with a library on a device, and why it cannot run.

    Args:
        task: The task's name.
        library: Isaac Lab's name of the library; empty for a task without a configuration of one that trains here.
        device: Where it would run.
        agent: The key of the agent configuration; None for the library's usual one.
        overrides: The presets that are chosen.
        elsewhere: Whether the device is another machine's, so that this one need not have it.

    Raises:
        UserError: When the task's configuration cannot be read at all.
    """
    config = RunConfig(task=task, library=library, device=device, agent=agent, overrides=overrides)
    env_cfg, agent_cfg = _resolve_task_config(config, play=False)
    num_envs = env_cfg.scene.num_envs
    if device == "cpu":
        num_envs = min(num_envs, CPU_NUM_ENVS)
    card = _card(task, env_cfg, agent_cfg, config.agent_entry_point)
    declared = declared_presets(task, config.agent_entry_point) if library else {}
    settings = TaskSettings(env_cfg, agent_cfg, declared, format_of(library).known_options(agent_cfg))
    if not library:
        problem = f"{task} has no configuration of a library that trains here."
        return TaskDetails(
            task, library, device, num_envs, 0, None, problem, agent, overrides, card=card, settings=settings
        )
    problem = note = ""
    try:
        resolve(config.replace(device=None) if elsewhere else config)
        note = _note_on_agents(config, env_cfg, agent_cfg)
    except UserError as error:
        problem = str(error)
    known = format_of(library)
    iterations, seed = known.default_iterations(agent_cfg, num_envs), known.seed(agent_cfg)
    presets = preset_groups(declared)
    return TaskDetails(
        task,
        library,
        device,
        num_envs,
        iterations,
        seed,
        problem,
        agent,
        overrides,
        presets,
        note=note,
        card=card,
        settings=settings,
    )


def _card(task: str, env_cfg: Any, agent_cfg: Any, agent: str) -> TaskCard | None:
    try:
        return read_card(task, env_cfg, agent_cfg, agent)
    except Exception:  # a configuration may be unusual in any way, and its task can be trained all the same
        logging.getLogger(__name__).warning("No card of %s can be read.", task, exc_info=True)
        return None


def _resolve_task_config(config: RunConfig, play: bool) -> tuple[Any, Any]:
    from isaaclab_tasks.utils import resolve_task_config

    def read(overrides: list[str]) -> tuple[Any, Any]:
        agent = config.agent_entry_point if config.library else None
        return resolve_task_config(config.task, agent, play_mode=play, overrides=overrides)

    overrides = list(config.overrides)
    declared = declared_presets(config.task, config.agent_entry_point) if overrides else {}
    check_selectors(overrides, config.task, declared)
    presets = [text for text in overrides if chooses_preset(text, declared)]
    try:
        if not chooses_physics(overrides, declared) and not isaac_sim_is_installed():
            try:
                env_cfg, agent_cfg = read([*presets, NEWTON_PRESET])
            except ValueError:
                pass  # the task has no such preset: its physics is checked before the launch
            else:
                overrides.insert(0, NEWTON_PRESET)
                presets.insert(0, NEWTON_PRESET)
                if len(overrides) == len(presets):
                    return env_cfg, agent_cfg
        if len(overrides) > len(presets):
            env_cfg, agent_cfg = read(presets)
            options = format_of(config.library).known_options(agent_cfg)
            for text in overrides:
                if text not in presets:
                    check(Override.parse(text), {"env": env_cfg, "agent": agent_cfg}, declared, options)
        if any(override.startswith(("+", "~")) for override in overrides):
            # Hydra's own main function handles these, and would leave an "outputs" folder
            overrides += ["hydra.output_subdir=null", "hydra.run.dir=.", "hydra/job_logging=disabled"]
        with hydra_raises():
            return read(overrides)
    except override_errors() as error:
        if isinstance(error, UserError) or not config.overrides or not _reads(config, play):
            raise
        raise UserError(f"The overrides do not fit {config.task}: {first_line(error)}.") from error


def _reads(config: RunConfig, play: bool) -> bool:
    """Whether the configuration can be read without overrides, so that they cause the error."""
    from isaaclab_tasks.utils import resolve_task_config

    try:
        resolve_task_config(config.task, config.agent_entry_point, play_mode=play, overrides=[])
    except Exception:  # a task may raise anything; the error that is being handled says more
        return False
    return True


def _launcher_args(device: str) -> argparse.Namespace:
    """Returns the launcher arguments of Isaac Lab's own commands with no option but the device."""
    from isaaclab.app import add_launcher_args
    from isaaclab.utils import has_kit
    from isaaclab_rl.entrypoints.common import preserve_attribute

    parser = argparse.ArgumentParser()
    with preserve_attribute(sys, "argv"):  # add_launcher_args rewrites it
        sys.argv = sys.argv[:1]
        add_launcher_args(parser)
    args = parser.parse_args(["--device", device])
    args.frontend = "torch"
    # in a running Kit, PhysX is Isaac Sim's: OvPhysX cannot be loaded into the same process
    args.require_kit = has_kit()
    return args


def _check_runtime(task: str, env_cfg: Any, launcher_args: argparse.Namespace) -> None:
    from isaaclab.app.sim_launcher import validate_launch

    try:
        _, kit_sources = validate_launch(env_cfg, argparse.Namespace(**vars(launcher_args)))
    except (ValueError, TypeError) as error:
        raise UserError(f"{task} cannot be launched: {str(error).strip().splitlines()[0]}") from error
    if kit_sources and not launcher_args.require_kit and not isaac_sim_is_installed():
        raise UserError(
            f"{task} needs Isaac Sim ({kit_sources[0]}), which is not installed here: start this extension in "
            "Isaac Sim, or choose a task that runs on Newton."
        )
