# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The process that :mod:`.task_reader` starts: describes tasks one after the other, at the lowest priority."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(asked: dict) -> None:
    """Describes tasks and appends what it reads to the cache.

    Args:
        asked: ``tasks`` (pairs of name and library), ``device``, ``folder`` of the cache, ``modules`` of tasks without
            an entry point, and Python's ``path``.
    """
    if hasattr(os, "nice"):
        os.nice(19)
    # at the end: in Isaac Sim, Kit's folders hold other versions of packages
    sys.path += [each for each in (*asked["path"], str(Path(__file__).resolve().parents[3])) if each not in sys.path]
    from rl_trainer_ext.isaac_lab.details_cache import DetailsCache
    from rl_trainer_ext.isaac_lab.tasks import load_catalogue
    from rl_trainer_ext.training.commands import Describe
    from rl_trainer_ext.training.descriptions import TaskDescriptions

    load_catalogue(asked["modules"])
    cache = DetailsCache(asked["device"], Path(asked["folder"]))
    descriptions = TaskDescriptions()
    for name, library in asked["tasks"]:
        cache.write(descriptions.get(Describe(name, library, asked["device"])))


if __name__ == "__main__":
    main(json.load(sys.stdin))
