# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The card of a task: what its configuration says, and the words for it in the panel and on the command line."""

from __future__ import annotations

from dataclasses import dataclass

from .. import wording


@dataclass(frozen=True)
class TaskCard:
    """What a user wants to know of a task before choosing it, read from its configuration."""

    about: str
    """The first sentences of its docstring; empty without one."""
    source: str
    """The file of its environment; of a manager-based task, of its configuration."""
    num_envs: int
    """Its own number of parallel environments."""
    episode_seconds: float
    episode_steps: int
    observations: tuple[tuple[str, str], ...]
    """Names and sizes; of a manager-based task, groups and their terms. The name is empty where there is only one."""
    actions: tuple[tuple[str, str], ...]
    """Names and sizes; of a manager-based task, terms and their kinds."""
    rewards: tuple[tuple[str, float], ...]
    """Reward terms and their weights, as far as the configuration names them."""
    physics: tuple[str, ...]
    """The names of the physics that it is configured for, such as ``newton_mjwarp``."""
    presets: tuple[str, ...]
    """The names of its other presets."""
    cameras: bool
    """Whether its observations or sensors need rendered pictures."""
    sources: tuple[str, ...] = ()
    """The files that this was read from."""

    @property
    def runs_on(self) -> tuple[str, ...]:
        """The physics engines that it is configured for: ``Newton``, ``PhysX``."""
        words = {"newton": "Newton", "physx": "PhysX"}
        found = [label for key, label in words.items() if any(key in name for name in self.physics)]
        return tuple(found) or self.physics


def card_rows(card: TaskCard) -> list[tuple[str, str]]:
    """Returns what a card says, as pairs of a label and a text; parts that a task does not have are left out."""
    rows = [
        ("Environments", wording.whole(card.num_envs)),
        ("Episode", f"{card.episode_seconds:g} s, {wording.whole(card.episode_steps)} steps"),
        ("Observations", _named(card.observations)),
        ("Actions", _named(card.actions)),
        ("Rewards", ", ".join(f"{name} {weight:g}" for name, weight in card.rewards)),
        ("Physics", ", ".join(card.physics)),
        ("Presets", ", ".join(card.presets)),
        ("Cameras", "needs rendered pictures" if card.cameras else ""),
    ]
    return [(label, text) for label, text in rows if text]


def _named(pairs: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{name}: {text}" if name else text for name, text in pairs)
