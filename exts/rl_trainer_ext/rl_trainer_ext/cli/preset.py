# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``train --preset FILE``: options that are not given are taken from a file, such as the panel saves."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..overrides.hydra import written_key
from ..run_config import TRAIN_OPTIONS, RunConfig, check_path
from ..runs.config_files import read_config

DEFAULT_LOG_ROOT = "logs"


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Adds the option."""
    parser.add_argument(
        "--preset",
        metavar="FILE",
        help="take the options that are not given from this YAML file (see the panel's Save…)",
    )


def settle(arguments: argparse.Namespace) -> None:
    """Notes whether the log root is given, and fills in the usual one."""
    arguments.chose_log_root = arguments.log_root is not None
    if not arguments.chose_log_root:
        arguments.log_root = DEFAULT_LOG_ROOT


def apply(arguments: argparse.Namespace) -> None:
    """Takes the options that are not given from the file of ``--preset``, if there is one.

    Overrides of the command line take the place of those of the same key; other overrides and modules are added.

    Raises:
        UserError: When the file cannot be used.
    """
    preset = getattr(arguments, "preset", None)
    if preset is None:
        return
    check_path("preset", preset)
    config, usual = read_config(Path(preset).expanduser()), RunConfig(task="", library="")
    for name in TRAIN_OPTIONS:
        given = getattr(arguments, name) != getattr(usual, name)
        if name == "log_root":
            given = arguments.chose_log_root
        if name not in ("overrides", "external") and not given:
            setattr(arguments, name, getattr(config, name))
    keys = {written_key(text) for text in arguments.overrides}
    arguments.overrides = [*(text for text in config.overrides if written_key(text) not in keys), *arguments.overrides]
    arguments.external = list(dict.fromkeys((*config.external, *arguments.external)))
