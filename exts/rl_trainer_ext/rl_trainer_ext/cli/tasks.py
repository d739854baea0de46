# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer tasks``: the tasks that are registered here, as a table or as JSON, and which of them run."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import difflib
import sys
from collections.abc import Sequence
from typing import Any

from ..errors import UserError, shortened
from ..hosts.console import captured_console, progress
from ..hosts.standalone.settings import FileSettings
from ..isaac_lab.source_places import CONFIGURATION, ENVIRONMENT, places_of
from ..isaac_lab.task_card import card_rows
from ..isaac_lab.tasks import Catalogue, Task, TaskDetails
from ..learners.formats import library_named, trainable, unknown_library
from ..run_config import check_external
from ..training.commands import Describe
from ..ui.widgets.settings import task_modules
from .json_line import json_line
from .output import show
from .tables import Column, table, terminal_width


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer tasks``."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="only tasks whose name contains all of these")
    parser.add_argument(
        "--library", "--rl_library", type=library_named, metavar="L", help="only tasks configured for this library"
    )
    parser.add_argument(
        "--check", action="store_true", help="look which tasks run here, which takes about half a second each"
    )
    parser.add_argument("--device", default=None, metavar="D", help="the device for --check (default: the fastest)")
    parser.add_argument("--show", metavar="TASK", help="describe one task")
    add_external(parser)


def add_external(parser: argparse.ArgumentParser, dest: str = "external") -> None:
    """Adds the option for tasks of projects without an entry point, which Isaac Lab calls ``--external_callback``.

    Args:
        parser: The parser of a command, or that of the program.
        dest: Where the modules go. A command's parser replaces what the program's has put in the same place.
    """
    parser.add_argument(
        "--external",
        "--external_callback",
        action="append",
        dest=dest,
        default=argparse.SUPPRESS,
        metavar="MODULE",
        help="import this module, file or function, which registers tasks (may be repeated)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints the tasks, and returns the exit status: 1 when a package of tasks could not be imported.

    Raises:
        UserError: For a library that does not train here, a task or device that does not exist, a module given twice.
    """
    from ..isaac_lab.assets import choose_asset_root
    from ..isaac_lab.tasks import load_catalogue

    if arguments.library is not None and arguments.library not in trainable():
        raise UserError(unknown_library(arguments.library))
    check_external(arguments.external)
    external = task_modules(FileSettings(remember=False), arguments.external)
    choose_asset_root().apply()
    # Isaac Lab prints to stdout what it parses
    with contextlib.redirect_stdout(sys.stderr), captured_console(not arguments.verbose):
        catalogue = load_catalogue(external)
        shown = [catalogue.get(arguments.show)] if arguments.show else select(catalogue, arguments)
        known = _details(shown, arguments) if arguments.check or arguments.show else {}
    if arguments.json:
        tasks = [to_dict(task, known.get(task.name)) for task in shown]
        show(json_line({"tasks": tasks, "problems": list(catalogue.problems)}))
    elif arguments.show:
        show(*_card_lines(shown[0], known[shown[0].name]))
    else:
        show(_table(shown, known) if shown else no_match(catalogue, arguments.words))
        for problem in catalogue.problems:
            print(problem, file=sys.stderr)
    return 1 if catalogue.problems else 0


def select(catalogue: Catalogue, arguments: argparse.Namespace) -> list[Task]:
    """Returns the tasks that the arguments ask for."""
    return [
        task
        for task in catalogue.matching(" ".join(arguments.words))
        if arguments.library is None or arguments.library in task.libraries
    ]


def no_match(catalogue: Catalogue, words: Sequence[str]) -> str:
    """Returns the sentence for words that no task matches; names what one of them may have meant."""
    parts = {part for task in catalogue for part in task.name.lower().split("-")}
    for word in words:
        if not catalogue.matching(word) and (near := difflib.get_close_matches(word.lower(), parts, n=1)):
            return f"No task matches '{shortened(word)}': did you mean {near[0]}?"
    return "No task matches: leave out words or options."


def to_dict(task: Task, details: TaskDetails | None) -> dict[str, Any]:
    """Returns a task as plain JSON types.

    ``places`` are file and line of its environment (``entry_point``) and of its configurations, by their keys in the
    registration. ``problem`` and ``card`` are there only where they were looked for; ``problem`` is empty where nothing
    prevents it.
    """
    values = dataclasses.asdict(task) | {"places": {key: str(place) for key, place in places_of(task.name).items()}}
    if details is not None:
        values["problem"] = details.problem
        values["card"] = None if details.card is None else dataclasses.asdict(details.card)
    return values


def _details(tasks: Sequence[Task], arguments: argparse.Namespace) -> dict[str, TaskDetails]:
    """Returns what each task is and what prevents it from running here, by name."""
    from ..isaac_lab.task_config import resolve_device
    from ..training.descriptions import TaskDescriptions

    device, descriptions = resolve_device(arguments.device), TaskDescriptions()
    found = {}
    for number, task in enumerate(tasks):
        progress(f"Checking {number} of {len(tasks)} tasks…")
        library = arguments.library if arguments.library in task.libraries else task.usual_library
        found[task.name] = descriptions.get(Describe(task.name, library, device))
    progress("")
    return found


def _card_lines(task: Task, details: TaskDetails) -> list[str]:
    """Returns what the panel shows below the chosen task."""
    card = details.card
    rows = [
        ("Workflow", task.workflow),
        ("Libraries", ", ".join(task.libraries) or "none that trains here"),
        ("Agents", ", ".join(key.removesuffix("_cfg_entry_point") for key in task.agents)),
        *(() if card is None else card_rows(card)),
        ("Runs here", details.problem or "yes"),
        ("Source", "" if card is None else card.source),
        *_places(task.name),
    ]
    about = [] if card is None or not card.about else [card.about, ""]
    width = max(len(label) for label, _ in rows)
    return [task.name, *about, *(f"{label:<{width}}  {text}" for label, text in rows if text)]


def _places(task: str) -> list[tuple[str, str]]:
    """Rows that say where the parts of a task are defined."""
    labels = {ENVIRONMENT: "Environment in", CONFIGURATION: "Configured in"}
    return [
        (labels.get(key, f"Agent {key.removesuffix('_cfg_entry_point')}"), str(place))
        for key, place in places_of(task).items()
    ]


def _table(tasks: list[Task], known: dict[str, TaskDetails]) -> str:
    columns = [Column("Task", least=48), Column("Workflow", rank=2), Column("Libraries", rank=1)]
    rows = [[task.name, task.workflow, ", ".join(task.libraries) or "-"] for task in tasks]
    if known:
        columns.append(Column("Runs here", least=20, wraps=True))
        for task, row in zip(tasks, rows, strict=True):
            row.append(known[task.name].problem or "yes")
    return table(columns, rows, terminal_width())
