# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer replay``: shows the last steps of an environment before a value that is no finite number.

It prints them, or with ``--panel`` opens the panel, which shows them in its viewport.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from .. import wording
from ..errors import UserError
from ..hosts.standalone.omni_ui import has_display
from ..runs import as_text
from ..runs.kept_steps import KeptSteps, read
from ..training.commands import Replay
from . import display
from .output import show

_SHOWN = 10
_ENDS = ("terminated", "truncated")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer replay``."""
    parser.add_argument("file", metavar="FILE", help="a file in the folder bad_values of a run")
    parser.add_argument(
        "--step", type=int, metavar="N", help="all values of this step (default: the last steps, short)"
    )
    parser.add_argument("--panel", action="store_true", help="open the panel, which shows them in its viewport")
    display.add_arguments(parser)
    display.add_web(parser)
    parser.add_argument("--screenshot", metavar="PNG", help="with --panel: write a picture of the step, and exit")
    parser.add_argument("--last", type=int, default=_SHOWN, metavar="N", help=f"how many steps (default: {_SHOWN})")


def command(arguments: argparse.Namespace) -> Replay:
    """Returns the command that ``--panel`` asks for.

    Raises:
        UserError: When the file cannot be read, has no such step, or there is nothing to show the panel on.
    """
    if arguments.screenshot is None and getattr(arguments, "web", None) is None and not has_display():
        raise UserError(
            "There is no display for the panel: show it in a browser with --web 8080, write a picture with "
            "--screenshot PNG, or leave --panel out to print the steps."
        )
    file = Path(arguments.file).absolute()
    if arguments.step is not None:
        read(file).index_of(arguments.step, file)
    return Replay.of(file, step=arguments.step, once=arguments.screenshot is not None)


def run(arguments: argparse.Namespace) -> int:
    """Prints the steps; returns the exit status.

    Raises:
        UserError: When the file cannot be read, or has no such step.
    """
    if arguments.screenshot is not None or getattr(arguments, "web", None) is not None:
        raise UserError("--screenshot and --web need the panel: add --panel.")
    kept = read(Path(arguments.file))
    if arguments.last < 1:
        raise UserError(f"--last must be at least 1, not {arguments.last}.")
    count = len(kept.steps)
    indices = range(max(0, count - arguments.last), count)
    if arguments.step is not None:
        index = kept.index_of(arguments.step, Path(arguments.file))
        indices = range(index, index + 1)
    if arguments.json:
        show(json.dumps(_json(kept, indices)))
        return 0
    lines = [as_text(kept.sentence)]
    lines.append(f"{as_text(kept.task)}, environment {kept.environment} of {kept.num_envs}, {count} steps")
    for index in indices:
        lines += _all(kept, index) if arguments.step is not None else [_short(kept, index)]
    show(*lines)
    return 0


def _short(kept: KeptSteps, index: int) -> str:
    parts = [f"step {kept.steps[index]}"]
    parts += [
        f"{name} {wording.short_number(float(np.linalg.norm(kept.values[name][index])))}"
        for name in kept.values
        if name.split("/")[0] in ("action", "observation")
    ]
    if "reward" in kept.values:
        parts.append(f"reward {wording.short_number(float(kept.values['reward'][index]))}")
    parts += [name for name in _ENDS if name in kept.values and kept.values[name][index].any()]
    bad = kept.bad(index)
    if bad:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        parts.append(f"not finite: {'; '.join(bad[:3])}{more}")
    return ", ".join(parts)


def _all(kept: KeptSteps, index: int) -> list[str]:
    lines = [f"step {kept.steps[index]}"]
    for name, values in kept.values.items():
        flat = values[index].reshape(-1)
        lines += [f"  {as_text(kept.label(name, n))} = {wording.number(float(each))}" for n, each in enumerate(flat)]
    return lines


def _json(kept: KeptSteps, indices: range) -> dict[str, Any]:
    head = {name: getattr(kept, name) for name in ("task", "environment", "num_envs", "sentence", "columns")}
    steps = [
        {
            "step": int(kept.steps[index]),
            "not_finite": kept.bad(index),
            "values": {name: _finite(values[index].tolist()) for name, values in kept.values.items()},
        }
        for index in indices
    ]
    return {**head, "steps": steps}


def _finite(values: Any) -> Any:
    """Replaces what JSON has no number for by its name."""
    if isinstance(values, list):
        return [_finite(each) for each in values]
    return values if not isinstance(values, float) or np.isfinite(values) else str(values)
