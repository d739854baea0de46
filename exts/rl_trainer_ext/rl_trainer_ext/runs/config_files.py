# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configurations of runs in YAML files: the user's presets, and the entries of a queue.

The keys are the long options of ``rl-trainer train`` without their dashes. ``overrides`` is a list of Hydra overrides,
or a mapping of keys to values. :mod:`..system.yaml_files` reads and writes the files.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError, shortened
from ..overrides import types as value_types
from ..overrides.hydra import nearest
from ..overrides.writing import override_text
from ..run_config import TRAIN_OPTIONS, RunConfig
from ..system.yaml_files import Where, read_document, require_version, write_document

_LISTS = ("overrides", "external")
_SYNONYMS = {"rl_library": "library"}
"""Other names of options, as the command line has them."""


def config_from_mapping(mapping: Any, where: Where) -> RunConfig:
    """Returns the configuration of a training from the values of a file.

    Args:
        mapping: Values by the long options of ``rl-trainer train`` without dashes.
        where: The mapping in its file.

    Raises:
        UserError: Names file, line and key of the first value that cannot be right.
    """
    if not isinstance(mapping, Mapping):
        raise UserError(
            f"{where} must be a list of settings, such as task: Isaac-Cartpole-Direct, not {_seen(mapping)}."
        )
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        name = _SYNONYMS.get(key, key)
        at = where.inside(key)
        if name not in TRAIN_OPTIONS:
            raise UserError(f"{at} is no option of rl-trainer train{nearest(str(key), TRAIN_OPTIONS)}")
        if name in values:
            raise UserError(f"{at} is given twice, as library and as rl_library: leave one out.")
        values[name] = _value(name, value, at)
    config = RunConfig(**{"task": "", "library": "", **values})
    if not config.task:
        raise UserError(f"{where} names no task: add a line such as task: Isaac-Cartpole-Direct.")
    _check_one_by_one(values, where)
    return config


def mapping_from_config(config: RunConfig) -> dict[str, Any]:
    """Returns what a file stores of a configuration: the values that are not the usual ones, in the options' order."""
    usual = RunConfig(task="", library="")
    found = {}
    for name in TRAIN_OPTIONS:
        value = getattr(config, name)
        if value != getattr(usual, name):
            found[name] = list(value) if name in _LISTS else value
    return found


def read_config(path: Path) -> RunConfig:
    """Reads the file of one configuration: a preset of the user.

    Raises:
        UserError: Names file, line and key where it cannot be used.
    """
    document = read_document(path)
    if not isinstance(document.values, Mapping):
        raise UserError(f"{document.where} is no preset: it must have keys such as task and num_envs, one a line.")
    return config_from_mapping(require_version(document.values, document.where), document.where)


def write_config(path: Path, config: RunConfig) -> None:
    """Writes the file of one configuration, replacing an existing one.

    Raises:
        UserError: When it cannot be written.
    """
    write_document(path, mapping_from_config(config))


def _check_one_by_one(values: Mapping[str, Any], where: Where) -> None:
    """Checks the values in the order of the options, so that a message can name the line of the one that is wrong."""
    config = RunConfig(task=values["task"], library="")
    for name in (one for one in TRAIN_OPTIONS if one in values):
        config = config.replace(**{name: values[name]})
        try:
            config.validate()
        except UserError as error:
            raise UserError(f"{where.inside(name)}: {error}") from error


def _value(name: str, value: Any, at: Where) -> Any:
    if name == "overrides":
        return _overrides(value, at)
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise UserError(f"{at} must be a list of texts, not {_seen(value)}.")
        return tuple(value)
    hint = _types()[name]
    if (isinstance(value, bool) and hint is not bool) or not value_types.fits(hint, value):
        advice = "; put it into quotes" if value_types.fits(hint, "") and not isinstance(value, (list, dict)) else ""
        raise UserError(f"{at} must be {value_types.in_words(hint)}, not {_seen(value)}{advice}.")
    return bool(value) if hint is bool else value


def _overrides(value: Any, at: Where) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(_flattened(value, "", at))
    if not isinstance(value, list):
        raise UserError(f"{at} must be a list such as [env.sim.dt=0.01], not {_seen(value)}.")
    texts = []
    for index, one in enumerate(value):
        if isinstance(one, Mapping):
            texts += _flattened(one, "", at.inside(index))
        elif isinstance(one, str):
            texts.append(one)
        else:
            raise UserError(f"{at.inside(index)} must be a Hydra override such as env.sim.dt=0.01, not {_seen(one)}.")
    return tuple(texts)


def _flattened(values: Mapping[str, Any], prefix: str, at: Where) -> list[str]:
    found: list[str] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found += _flattened(value, f"{name}.", at)
        else:
            found.append(override_text(name, value))
    return found


def _seen(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "several keys"
    return f"the text '{shortened(value)}'" if isinstance(value, str) else shortened(str(value))


@functools.cache
def _types() -> dict[str, Any]:
    return typing.get_type_hints(RunConfig)
