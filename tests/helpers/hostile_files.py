# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checkpoints with a payload, which creates a file when it is executed, or with a class of the user's own."""

from __future__ import annotations

import base64
import dataclasses
import json
import pickle
import zipfile
from pathlib import Path

from stable_baselines3.common.torch_layers import FlattenExtractor


class Hostile:
    """Creates a file when it is unpickled.

    Args:
        note: The file.
    """

    def __init__(self, note: Path) -> None:
        self.note = note

    def __reduce__(self) -> tuple:
        return Path.touch, (self.note,)


class OwnExtractor(FlattenExtractor):
    """A class of the user's own, which an archive of Stable-Baselines3 names."""


@dataclasses.dataclass
class OwnInfo:
    """A class of the user's own, which a checkpoint of RSL-RL names."""

    value: int


def rewritten(source: Path, target: Path, **changes: bytes | None) -> Path:
    """Copies an archive with other contents of some entries; None leaves one out."""
    with zipfile.ZipFile(source) as honest:
        contents = {name: honest.read(name) for name in honest.namelist()} | changes
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content)
    return target


def with_pickled(source: Path, target: Path, key: str, value: object) -> Path:
    """Copies an archive of Stable-Baselines3 with another pickled value in its ``data``."""
    with zipfile.ZipFile(source) as honest:
        data = json.loads(honest.read("data"))
    data[key] = {":type:": "x", ":serialized:": base64.b64encode(pickle.dumps(value)).decode()}
    return rewritten(source, target, data=json.dumps(data).encode())
