# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The table of the engines that train outside this program; :mod:`..training.where` says how to add one."""

from __future__ import annotations

from ..training.where import Engine, Engines
from .processes.all_gpus import AllGpus
from .processes.own_process import OwnProcess
from .ray.job import RayCluster


def all_engines() -> Engines:
    """Returns the engines, in the order in which the panel offers them."""
    engines: tuple[Engine, ...] = (OwnProcess(), AllGpus(), RayCluster())
    return {engine.kind: engine for engine in engines}
