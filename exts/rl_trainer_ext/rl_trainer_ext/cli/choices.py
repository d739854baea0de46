# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What ``train --task T --help`` adds: the agent configurations and presets that the task has."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..errors import UserError
from ..hosts.console import captured_console
from ..hosts.standalone.settings import FileSettings
from ..isaac_lab.tasks import Task
from ..overrides.hydra import first_line
from ..run_config import RunConfig
from ..ui.widgets.settings import task_modules
from .tasks import add_external

CHECKPOINT = "latest|best|best_evaluated|pretrained|PATH"
"""What ``--checkpoint`` takes."""

HINT = "With --task T, --help also lists agent configurations and presets of the task."


def task_in(argv: Sequence[str]) -> str:
    """Returns the task that a command line names; empty where it names none."""
    for index, word in enumerate(argv):
        if word == "--task" and index + 1 < len(argv):
            return argv[index + 1]
        if word.startswith("--task="):
            return word.partition("=")[2]
    return ""


def modules_in(argv: Sequence[str]) -> list[str]:
    """Returns the modules of tasks that a command line names."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_external(parser)
    return getattr(parser.parse_known_args(argv)[0], "external", [])


def describe(task: str, external: Sequence[str] = ()) -> str:
    """Returns the choices of a task, a line each, or why they are unknown. Imports Isaac Lab, which takes seconds.

    Args:
        task: Its name.
        external: Modules of tasks to import besides those of the settings.
    """
    from ..isaac_lab.assets import choose_asset_root
    from ..isaac_lab.tasks import load_catalogue

    choose_asset_root().apply()
    try:
        with captured_console(enabled=True):  # Isaac Lab prints what it parses
            catalogue = load_catalogue(task_modules(FileSettings(remember=False), external))
            found = catalogue.get(task)
            return "\n".join([f"choices of {found.name}:", *_agents(found), *_presets(found)])
    except UserError as error:
        return str(error)
    except Exception as error:  # the configuration of a task may raise anything
        return f"The configuration of {task} cannot be read: {type(error).__name__}: {first_line(error)}."


def _agents(task: Task) -> list[str]:
    return [f"  --library {library} --agent {' | '.join(task.agents_of(library))}" for library in task.libraries]


def _presets(task: Task) -> list[str]:
    from ..isaac_lab.presets import task_presets

    if not task.libraries:
        return []
    agent = RunConfig(task.name, task.default_library or task.libraries[0]).agent_entry_point
    lines = []
    for group in task_presets(task.name, agent):
        usual = f"  (default: {group.usual})" if group.usual else ""
        lines.append(f"  {group.selector}={' | '.join(group.names)}{usual}")
    return lines or ["  no presets"]
