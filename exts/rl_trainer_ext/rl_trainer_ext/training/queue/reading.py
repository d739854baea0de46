# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the YAML file of ``rl-trainer queue``: a list of trainings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import UserError, shortened
from ...overrides.hydra import nearest
from ...run_config import TRAIN_OPTIONS, check_number
from ...runs.config_files import config_from_mapping
from ...system.yaml_files import Where, read_document
from .model import ProcessKind, Request

PROCESS_KEY = "process"
"""The key that says where a training runs; the others are options of ``rl-trainer train``."""


def read_requests(path: Path, log_root: str | None = None) -> list[tuple[Request, Where]]:
    """Reads all entries of a file.

    Args:
        path: The file.
        log_root: Where the runs are written, whatever the file says; None for what it says.

    Returns:
        The entries, each with its place in the file.

    Raises:
        UserError: Names file, line and key of the first value that cannot be right.
    """
    document = read_document(path)
    if not isinstance(document.values, list) or not document.values:
        raise UserError(
            f"{document.where} must be a list of trainings: write each as - task: Isaac-Cartpole-Direct and options of "
            "rl-trainer train below it."
        )
    read = []
    for index, values in enumerate(document.values):
        where = document.where.inside(index)
        request = _request(values, where)
        if log_root is not None:
            request = Request(request.config.replace(log_root=log_root), request.seeds, request.process)
        try:
            request.validate()
        except UserError as error:
            raise UserError(f"{where}: {error}") from error
        read.append((request, where))
    return read


def _request(values: Any, where: Where) -> Request:
    if not isinstance(values, Mapping):
        return Request(config_from_mapping(values, where))  # which says what is wrong
    rest = {key: value for key, value in values.items() if key != PROCESS_KEY}
    known = (*TRAIN_OPTIONS, "rl_library", PROCESS_KEY)
    unknown = next((key for key in rest if key not in known), None)
    if unknown is not None:
        raise UserError(f"{where.inside(unknown)} is no option of a training{nearest(str(unknown), known)}")
    seeds: tuple[int, ...] = ()
    if isinstance(rest.get("seed"), list):
        seeds = _seeds(rest.pop("seed"), where.inside("seed"))
    process = values.get(PROCESS_KEY, ProcessKind.THIS.value)
    if process not in list(ProcessKind):
        kinds = ", ".join(ProcessKind)
        raise UserError(f"{where.inside(PROCESS_KEY)} must be one of {kinds}, not '{shortened(str(process))}'.")
    return Request(config_from_mapping(rest, where), seeds, ProcessKind(process))


def _seeds(values: list[Any], where: Where) -> tuple[int, ...]:
    if not values:
        raise UserError(f"{where} is an empty list: give at least one seed, or leave it out.")
    for index, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int):
            raise UserError(f"{where.inside(index)} must be a whole number, not '{shortened(str(value))}'.")
        try:
            check_number("seed", value)
        except UserError as error:
            raise UserError(f"{where.inside(index)}: {error}") from error
    return tuple(values)
