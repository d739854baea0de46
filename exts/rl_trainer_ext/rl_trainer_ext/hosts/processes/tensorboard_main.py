# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Starts TensorBoard without the plugins that cannot be loaded.

One such plugin keeps ``tensorboard`` from starting: Open3D, which Isaac Lab installs, registers one that needs libusb.
This program imports nothing of this package.
"""

from __future__ import annotations

import importlib.metadata
import sys
from typing import Any

from absl import app
from tensorboard import default, main_lib, program
from tensorboard.plugins import base_plugin


def loadable_plugins() -> list[Any]:
    """Returns TensorBoard's own plugins and those of other packages that can be imported."""
    plugins = list(default.get_static_plugins())
    for entry_point in importlib.metadata.entry_points(group="tensorboard_plugins"):
        try:
            plugins.append(entry_point.load())
        except Exception as error:  # another package's plugin may raise anything; the curves do not need it
            print(f"TensorBoard's plugin {entry_point.name} is left out: {error}", file=sys.stderr)
    return plugins


if __name__ == "__main__":
    main_lib.global_init()
    board = program.TensorBoard(plugins=loadable_plugins())
    try:
        app.run(board.main, flags_parser=board.configure)
    except base_plugin.FlagsError as error:
        sys.exit(f"Error: {error}")
