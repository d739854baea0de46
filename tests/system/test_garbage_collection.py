# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a program of its own process keeps from the garbage collector; in Kit nothing is changed."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import gc, importlib, json, sys
from rl_trainer_ext.system import garbage_collection
if sys.argv[1] == "own":
    garbage_collection.set_in_own_process()
before, states = gc.get_freeze_count(), []
def note():
    states.append([gc.isenabled(), gc.get_freeze_count() > before])
try:
    with garbage_collection.importing():
        raise ImportError
except ImportError:
    note()
for block, module in (("paused", "colorsys"), ("importing", "gc"), ("importing", "wave")):
    with getattr(garbage_collection, block)():
        importlib.import_module(module)
        note()
    note()
print(json.dumps(states))
"""


def states(process: str) -> list[list[bool]]:
    """Returns whether the collector runs, and whether it leaves something out, in the order of the program."""
    run = subprocess.run([sys.executable, "-c", PROGRAM, process], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_a_program_of_its_own_process_leaves_imports_out_of_collections() -> None:
    runs, paused, leaves_out = [True, False], [False, False], [True, True]
    assert states("own") == [runs, paused, runs, paused, runs, paused, leaves_out]


def test_the_collector_of_another_program_is_left_alone() -> None:
    assert states("kit") == [[True, False]] * 7
