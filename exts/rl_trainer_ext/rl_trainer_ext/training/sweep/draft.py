# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A specification that the user is writing: texts of fields, checked as the file that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import UserError, shortened
from ...run_config import RunConfig
from ...runs.config_files import mapping_from_config
from ...system.yaml_files import Document, Where, in_one_line, parse_document
from .files import KEYS, PARAMETERS, parse_spec
from .spec import SweepSpec

LIST = "grid_search"
"""The kind of a list, of which each value is tried."""

EDITED = ("samples", "scheduler", "grace_period", "gpus")
"""The keys that have a field, besides parameters and seeds."""

_NAME = Path("This sweep")


@dataclass(frozen=True)
class DraftParameter:
    """A parameter as it is typed.

    Args:
        key: Its key.
        kind: One of Ray Tune's kinds of values; :data:`LIST` for a list.
        values: The values or bounds, separated by commas.
    """

    key: str
    kind: str = LIST
    values: str = ""


@dataclass(frozen=True)
class Draft:
    """A specification as it is typed.

    Args:
        config: The training that is repeated.
        parameters: The parameters.
        seeds: Seeds, separated by commas; empty for that of the configuration.
        options: The texts of :data:`EDITED`; an empty one is the default.
        rest: Other keys of a file that was opened, kept as they are.
    """

    config: RunConfig
    parameters: tuple[DraftParameter, ...] = ()
    seeds: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: SweepSpec) -> Draft:
        """Returns the draft of a specification."""
        usual = {each.name: each.default for each in dataclasses.fields(SweepSpec)}
        changed = {key: getattr(spec, key) for key in KEYS if key != PARAMETERS and getattr(spec, key) != usual[key]}
        return cls(
            spec.config,
            tuple(DraftParameter(key, each.kind, _written(each.values)) for key, each in spec.parameters.items()),
            _written(spec.seeds),
            {key: _written((value,)) for key, value in changed.items() if key in EDITED},
            {key: value for key, value in changed.items() if key not in EDITED},
        )

    def spec(self) -> SweepSpec:
        """Returns what it says, after the checks that a file gets.

        Raises:
            UserError: For the first value that cannot be right.
        """
        values: dict[str, Any] = {**mapping_from_config(self.config), **self.rest}
        if self.seeds.strip():
            values["seed"] = _typed("seed", self.seeds)
        for key, text in self.options.items():
            if text.strip():
                found = _typed(key, text)
                values[key] = found[0] if len(found) == 1 else text
        parameters: dict[str, Any] = {}
        for each in self.parameters:
            key = each.key.strip()
            if not key:
                raise UserError(f"{_NAME}: a parameter has no name: write its override, or remove it.")
            if key in parameters:
                raise UserError(f"{_NAME}: {key} is given twice: leave one out.")
            found = _typed(key, each.values)
            parameters[key] = found if each.kind == LIST else {each.kind: found}
        if parameters or not self.seeds.strip():
            values[PARAMETERS] = parameters
        return parse_spec(Document(values, Where(_NAME)))[0]


def _typed(key: str, text: str) -> list[Any]:
    """Returns the values in a text, separated by commas, as a file has them."""
    try:
        (values,) = parse_document(f"- [{text}]\n", _NAME).values
    except (UserError, ValueError):
        raise UserError(
            f"{_NAME}: {key} must be values separated by commas, such as 0.001, 0.0001, not '{shortened(text)}'."
        ) from None
    return list(values)


def _written(values: tuple[Any, ...]) -> str:
    return ", ".join(map(in_one_line, values))
