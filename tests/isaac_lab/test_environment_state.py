# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The state of an environment is restored, whatever kind of object holds it."""

from __future__ import annotations

import collections
import functools
import itertools
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import pytest
import torch
import warp as wp
from rl_trainer_ext.isaac_lab.environment_state import EnvironmentState

steps_of_this_module = 0


@wp.struct
class Pair:
    first: float
    second: float


class Slotted:
    __slots__ = ("late", "value")
    late: bool

    def __init__(self) -> None:
        self.value = 1


class Base:
    shared: ClassVar[dict[str, int]] = {"calls": 0}
    total = 0


class Env(Base, gym.Env):
    """Holds state in every way that an environment can; one step changes all of it."""

    cfg = SimpleNamespace()

    def __init__(self) -> None:
        self.count, self.names = 0, ["a"]
        self.cache: dict[str, Any] = {"kept": {"deep": 1}}
        self.queue, self.seen, self.data = collections.deque([1, 2], maxlen=3), {1}, bytearray(b"ab")
        self.ordered = collections.OrderedDict(one=1, two=2)
        self.tensor = torch.zeros(3, 2)
        self.row = self.tensor[1]
        self.array = np.zeros(3)
        self.objects = np.array([[0], [0]], dtype=object)
        self.warp = wp.zeros((4, 3), dtype=float, device="cpu")
        self.column = self.warp[:, 1]
        self.pair, self.vector = Pair(), wp.vec3(1.0, 2.0, 3.0)
        self.slotted = Slotted()
        self.generators = (random.Random(1), np.random.default_rng(1), np.random.RandomState(1), torch.Generator())
        self.draw = functools.partial(self.generators[0].random)
        self.bump = counter()
        self.network = torch.nn.Linear(2, 1)

    def step_everything(self) -> None:
        global steps_of_this_module
        steps_of_this_module += 1
        self.count += 1
        self.names.append("b")
        self.cache["kept"]["deep"] += 1
        self.cache["new"] = 1
        self.queue.append(9)
        self.seen.add(self.count + 5)
        self.data += b"c"
        self.ordered.move_to_end(next(iter(self.ordered)))
        self.row += 1.0
        self.array += 1.0
        self.objects[0, 0].append(1) if isinstance(self.objects[0, 0], list) else self.objects.fill([1])
        self.column.fill_(float(self.count))
        self.pair.second = float(self.count)
        self.vector[0] += 1.0
        self.slotted.value += 1
        self.slotted.late = True
        self.later = torch.ones(1)
        self.drawn = [each() for each in draws(self)]
        self.bump()
        type(self).total += 1
        Base.shared["calls"] += 1
        with torch.no_grad():
            self.network.weight += 1.0

    def everything(self) -> tuple[Any, ...]:
        """All of the state, as plain values."""
        return (
            *(steps_of_this_module, self.count, list(self.names), repr(self.cache), list(self.queue), set(self.seen)),
            *(bytes(self.data), list(self.ordered), self.tensor.tolist(), self.array.tolist(), repr(self.objects)),
            *(self.warp.numpy().tolist(), self.pair.second, list(self.vector), self.slotted.value),
            *(hasattr(self.slotted, "late"), hasattr(self, "later"), self.bump.__closure__[0].cell_contents),
            *(type(self).total, "total" in vars(type(self)), dict(Base.shared), self.network.weight.tolist()),
        )


def draws(env: Env) -> list[Callable[[], Any]]:
    """What draws from each generator of the environment."""
    _, of_numpy, of_numpy_before, of_torch = env.generators
    return [env.draw, of_numpy.random, of_numpy_before.rand, lambda: torch.rand(1, generator=of_torch).item()]


def counter() -> Any:
    number = 0

    def bump() -> None:
        nonlocal number
        number += 1

    return bump


def test_everything_that_a_step_changes_is_restored() -> None:
    env = Env()
    state, before = EnvironmentState(env), env.everything()
    assert state.obstacle == ""
    env.step_everything()
    drawn = env.drawn
    for _ in range(2):
        env.step_everything()
    assert [one for one, other in zip(before, env.everything(), strict=True) if one == other] == []
    state.restore()
    assert env.everything() == before
    env.step_everything()
    assert env.drawn == drawn


def test_arrays_stay_where_they_are() -> None:
    """Views, recorded launches and CUDA graphs refer to them by address."""
    env = Env()
    state = EnvironmentState(env)
    places = env.tensor.data_ptr(), env.warp.ptr, env.array.ctypes.data
    env.tensor, env.warp, env.array = torch.ones(1), wp.ones(1, dtype=float, device="cpu"), np.ones(1)
    state.restore()
    assert (env.tensor.data_ptr(), env.warp.ptr, env.array.ctypes.data) == places


@wp.kernel
def lowest_triangle(mesh: wp.uint64, heights: wp.array(dtype=float)) -> None:  # type: ignore[valid-type]
    hit = wp.mesh_query_ray(mesh, wp.vec3(0.1, 0.1, 5.0), wp.vec3(0.0, 0.0, -1.0), 100.0)  # type: ignore[call-arg]
    heights[0] = 5.0 - hit.t


def test_a_mesh_that_moved_is_hit_where_it_was() -> None:
    env = Env()
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1]], dtype=np.float32)
    env.mesh = wp.Mesh(wp.array(corners, dtype=wp.vec3, device="cpu"), wp.array([0, 1, 2], dtype=int, device="cpu"))

    def height() -> float:
        heights = wp.zeros(1, dtype=float, device="cpu")
        wp.launch(lowest_triangle, 1, [env.mesh.id, heights], device="cpu")
        return float(heights.numpy()[0])

    state = EnvironmentState(env)
    env.mesh.points.assign(corners - np.float32([0, 0, 3]))
    env.mesh.refit()
    assert height() == pytest.approx(-2.0)
    state.restore()
    assert height() == pytest.approx(1.0)


def test_an_object_that_cannot_be_restored_is_named() -> None:
    env = Env()
    env.numbers = itertools.count()
    state = EnvironmentState(env)
    assert state.obstacle == ""  # it has not counted yet
    next(env.numbers)
    assert state.obstacle == "itertools.count"
    env.running = iter([1, 2])
    assert EnvironmentState(env).obstacle == "builtins.list_iterator"
