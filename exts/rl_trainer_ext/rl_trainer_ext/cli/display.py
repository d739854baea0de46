# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The options ``--render_mode`` and ``--viewport_share`` of ``train`` and ``play``."""

from __future__ import annotations

import argparse

from ..errors import UserError
from ..frames.sharing import MAX_SHARE, RenderMode
from ..hosts.web.address import parse_address
from ..training.commands import SetRenderMode, SetViewportShare

MODES = {
    "full": RenderMode.FULL_RENDERING,
    "partial": RenderMode.PARTIAL_RENDERING,
    "none": RenderMode.NO_RENDERING,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument(
        "--render_mode",
        choices=tuple(MODES),
        help="draw every environment step, as often as the viewport share allows, or nothing (default: partial)",
    )
    parser.add_argument(
        "--viewport_share",
        type=float,
        metavar="PERCENT",
        help=f"largest share of time for the viewport in partial rendering, 0 to {MAX_SHARE:.0%} (default: 10)".replace(
            "%", "%%"
        ),
    )


def add_web(parser: argparse.ArgumentParser) -> None:
    """Adds the option that puts the panel into a browser."""
    # a command's parser leaves what the program's own parser has read
    parser.add_argument(
        "--web",
        metavar="[HOST:]PORT",
        default=argparse.SUPPRESS,
        help="show the panel in a browser instead of a window (without a host: of this machine only)",
    )


def web_address(arguments: argparse.Namespace) -> tuple[str, int] | None:
    """Returns host and port of ``--web``; None without it.

    Raises:
        UserError: When it is no address, or there is no panel to show.
    """
    text = getattr(arguments, "web", None)
    if text is None:
        return None
    if arguments.headless:
        raise UserError("--web shows the panel, and --headless opens none: leave one of them out.")
    return parse_address(text)


def commands(arguments: argparse.Namespace) -> tuple[SetRenderMode | SetViewportShare, ...]:
    """Returns what the options ask the trainer for.

    Raises:
        UserError: For a share that is out of range, or options that need a panel or its viewport without one.
    """
    if arguments.headless and arguments.screenshot is not None:
        raise UserError("--screenshot is a picture of the panel, and --headless opens none: leave one of them out.")
    mode, percent = getattr(arguments, "render_mode", None), getattr(arguments, "viewport_share", None)
    if percent is not None and not 0 <= percent <= 100 * MAX_SHARE:
        raise UserError(f"viewport_share must be from 0 to {100 * MAX_SHARE:g} percent, not {percent:g}.")
    if arguments.headless and (mode not in (None, "none") or percent is not None):
        given = "--viewport_share" if percent is not None else f"--render_mode {mode}"
        raise UserError(f"{given} is for the viewport, and --headless opens none: leave one of them out.")
    asked: list[SetRenderMode | SetViewportShare] = []
    if mode is not None:
        asked.append(SetRenderMode(MODES[mode]))
    if percent is not None:
        asked.append(SetViewportShare(percent / 100))
    return tuple(asked)
