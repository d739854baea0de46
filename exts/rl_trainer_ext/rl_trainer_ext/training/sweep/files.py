# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads and writes the YAML file of a sweep, which ``rl-trainer sweep`` and the panel share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import UserError, shortened
from ...overrides import types as value_types
from ...overrides.hydra import nearest
from ...run_config import TRAIN_OPTIONS
from ...runs.config_files import config_from_mapping, mapping_from_config
from ...system.yaml_files import Document, Where, read_document, require_version, write_document
from .spec import MODES, RANGES, SCHEDULERS, SEARCHERS, Range, SweepSpec, check_parameter, check_seeds
from .trials import FOLDER_FORMAT, SPEC, SWEEPS_FOLDER, TRIALS

PARAMETERS = "parameters"

_CHOICES = {"searcher": SEARCHERS, "scheduler": SCHEDULERS, "mode": MODES}
_COUNTS = {"samples": 1, "grace_period": 1, "concurrent": 1, "retries": 0}
"""Whole numbers, and the lowest value of each."""

_AMOUNTS = ("cpus", "gpus")
KEYS = (PARAMETERS, *_CHOICES, *_COUNTS, *_AMOUNTS, "metric")
"""The keys of a specification besides the options of ``rl-trainer train``."""


def read_spec(path: Path, log_root: str | None = None) -> tuple[SweepSpec, Where]:
    """Reads the specification of a sweep.

    Args:
        path: The file.
        log_root: Where the runs are written, whatever the file says; None for what it says.

    Returns:
        The specification, and its place for messages.

    Raises:
        UserError: Names file, line and key of the first value that cannot be right.
    """
    return parse_spec(read_document(path), log_root)


def parse_spec(document: Document, log_root: str | None = None) -> tuple[SweepSpec, Where]:
    """Returns the specification of a sweep in a document, as :func:`read_spec`.

    Raises:
        UserError: Names the place of the first value that cannot be right.
    """
    where = document.where
    if not isinstance(document.values, Mapping):
        raise UserError(f"{where} is no sweep: it must have keys such as task and parameters, one a line.")
    values = require_version(document.values, where)
    known = (*TRAIN_OPTIONS, "rl_library", *KEYS)
    unknown = next((key for key in values if key not in known), None)
    if unknown is not None:
        raise UserError(f"{where.inside(unknown)} is no key of a sweep{nearest(str(unknown), known)}")
    training = {key: value for key, value in values.items() if key not in KEYS}
    found: dict[str, Any] = {}
    if isinstance(training.get("seed"), list):
        found["seeds"] = _told(where.inside("seed"), check_seeds, training.pop("seed"))
    config = config_from_mapping(training, where)
    if log_root is not None:
        config = config.replace(log_root=log_root)
    found[PARAMETERS] = _parameters(values.get(PARAMETERS), where.inside(PARAMETERS), bool(found))
    for key in (each for each in KEYS if each in values and each != PARAMETERS):
        found[key] = _setting(key, values[key], where.inside(key))
    spec = SweepSpec(config, **found)
    if spec.seeds and spec.searcher != "random":
        raise UserError(
            f"{where.inside('seed')} is a list, and the searcher {spec.searcher} cannot try each: give one seed."
        )
    return spec, where


def write_spec(path: Path, spec: SweepSpec) -> None:
    """Writes the file of a sweep, replacing an existing one.

    Raises:
        UserError: When it cannot be written.
    """
    values = mapping_from_config(spec.config)
    if spec.seeds:
        values["seed"] = list(spec.seeds)
    usual = {each.name: each.default for each in fields(SweepSpec)}
    values |= {key: getattr(spec, key) for key in KEYS if key != PARAMETERS and getattr(spec, key) != usual[key]}
    values[PARAMETERS] = {key: each.written() for key, each in spec.parameters.items()}
    write_document(path, values)


def create_sweep(spec: SweepSpec) -> Path:
    """Creates the folder of a sweep, with its specification, and returns it.

    Raises:
        UserError: When it cannot be written.
    """
    folder = spec.config.log_root_path / SWEEPS_FOLDER / f"{datetime.now():{FOLDER_FORMAT}}"
    try:
        (folder / TRIALS).mkdir(parents=True)
    except FileExistsError:
        raise UserError(f"A sweep has just been started in {folder.parent.parent}: start this one again.") from None
    except OSError as error:
        raise UserError(
            f"No sweep can be written to {spec.config.log_root_path} ({error.strerror}): choose another log root."
        ) from error
    write_spec(folder / SPEC, spec)
    return folder


def _parameters(values: Any, where: Where, has_seeds: bool) -> dict[str, Range]:
    if values is None and has_seeds:
        return {}
    if not isinstance(values, Mapping) or not values:
        raise UserError(
            f"{where} must have at least one parameter with its values below it, such as "
            "agent.algorithm.learning_rate: [0.001, 0.0001]."
        )
    found: dict[str, Range] = {}
    for key, value in values.items():
        _told(where.inside(key), check_parameter, str(key))
        found[str(key)] = read_range(value, where.inside(key))
    return found


def read_range(value: Any, where: Where) -> Range:
    """Returns the values of a parameter as a file has them: a list, or a range in Ray Tune's words.

    Raises:
        UserError: Names its place.
    """
    if isinstance(value, list):
        kind, arguments = "grid_search", value
    elif isinstance(value, Mapping) and len(value) == 1:
        ((kind, arguments),) = value.items()
        if kind not in RANGES:
            raise UserError(f"{where} has no range called {shortened(str(kind))}{nearest(str(kind), RANGES)}")
        if not isinstance(arguments, list):
            raise UserError(f"{where} needs a list after {kind}, such as {{{kind}: [1, 10]}}.")
    else:
        raise UserError(
            f"{where} must be a list of values, or one range such as {{loguniform: [0.0001, 0.01]}}; ranges are "
            f"{', '.join(RANGES)}."
        )
    found = Range(str(kind), tuple(arguments))
    _told(where, found.validate)
    return found


def _setting(key: str, value: Any, where: Where) -> Any:
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            raise UserError(f"{where} must be one of {', '.join(_CHOICES[key])}, not '{shortened(str(value))}'.")
    elif key in _COUNTS:
        if isinstance(value, bool) or not isinstance(value, int) or value < _COUNTS[key]:
            raise UserError(f"{where} must be a whole number of at least {_COUNTS[key]}, not {shortened(str(value))}.")
    elif key in _AMOUNTS:
        if isinstance(value, bool) or not value_types.fits(float, value) or not 0 <= value < 1e6:
            raise UserError(f"{where} must be a number of at least 0, not {shortened(str(value))}.")
    elif not isinstance(value, str) or not value.strip():
        raise UserError(f"{where} must be mean_reward, mean_episode_length, or the tag of a scalar.")
    return value


def _told(where: Where, function: Any, *arguments: Any) -> Any:
    """Calls a check whose sentences begin with a verb, and puts the place before them."""
    try:
        return function(*arguments)
    except UserError as error:
        raise UserError(f"{where} {error}") from error
