# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``isaaclab`` with its viewer's pictures in a given size, for which its command line has no option.

Started by the benchmark through ``launch.py``, with the arguments ``WIDTHxHEIGHT train …``.
"""

from __future__ import annotations

import runpy
import sys

from isaaclab_visualizers.newton import NewtonGLVisualizerCfg

from .plan import parse_picture


def main() -> None:
    """See the module."""
    width, height = parse_picture(sys.argv.pop(1))
    finish = NewtonGLVisualizerCfg.__post_init__

    def finish_with_size(self: NewtonGLVisualizerCfg) -> None:
        finish(self)
        self.window_width, self.window_height = width, height

    NewtonGLVisualizerCfg.__post_init__ = finish_with_size
    runpy.run_module("isaaclab", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
