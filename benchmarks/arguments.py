# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The arguments of the benchmark."""

from __future__ import annotations

import argparse

from .plan import DEFAULT, OPTIONAL, TURN_SECONDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the benchmark."""
    add = parser.add_argument
    add("--task", default="Isaac-Cartpole-Direct", metavar="T", help="default: Isaac-Cartpole-Direct")
    add("--library", "--rl_library", default="rsl_rl", metavar="L", help="rsl_rl or sb3 (default: rsl_rl)")
    add("--num_envs", type=int, nargs="+", default=[], metavar="N", help="default: 64 on a CPU, 4096 on a GPU")
    add("--device", metavar="D", help="cpu or cuda:<index> (default: cuda:0 if there is one)")
    add("--max_iterations", type=int, default=25, metavar="N", help="training iterations of each run (default: 25)")
    add("--repeat", type=int, default=2, metavar="N", help="rounds, over which medians are taken (default: 2)")
    add(
        "--turns",
        type=float,
        default=TURN_SECONDS,
        metavar="S",
        help="seconds that each program of a round runs until the next one's turn; 0: one after the other "
        f"(default: {TURN_SECONDS:g})",
    )
    add(
        "--together",
        type=int,
        default=1,
        metavar="N",
        help="rounds that are run at the same time, all their programs in turns: what makes one process faster than an "
        "equal one is told sooner; needs the memory of all (default: 1)",
    )
    add(
        "--modes",
        nargs="+",
        default=[program.value for program in DEFAULT],
        choices=[program.value for program in OPTIONAL],
        help="what to run beside the headless command: again, the same command once more; viewer, with its viewer; "
        "trainer, this extension without its panel; no, partial, full, with it in this render mode; "
        "small, as no but without huge pages, which the command has not either "
        f"(default: {' '.join(program.value for program in DEFAULT)})",
    )
    add("--picture", default="640x360", metavar="WxH", help="size of the viewport [pixels] (default: 640x360)")
    add("--attended", action="store_true", help="measure speed with the mouse in use: 30 frames a second, not 10")
    add("--xvfb", action="store_true", help="start a virtual display for the viewer of isaaclab train")
    add("--markdown", action="store_true", help="print a table for a document")
    add("--json", action="store_true", help="print one JSON object")
    add("--log_root", metavar="DIR", help="keep the runs there (default: they are removed)")
