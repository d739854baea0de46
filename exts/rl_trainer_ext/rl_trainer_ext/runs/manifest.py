# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads Isaac Lab's manifest ``run.json`` of a run; Isaac Lab's own function writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .model import MANIFEST_NAME


@dataclass(frozen=True)
class Manifest:
    """The manifest of a run.

    Args:
        library: Isaac Lab's name of the RL library.
        task: The Gymnasium id of the task, without a namespace and ``-Play``.
        created: When the run started.
        agent: The key of the agent configuration; None where the manifest does not say.
    """

    library: str
    task: str
    created: datetime
    agent: str | None

    @classmethod
    def read(cls, run_dir: Path) -> Manifest | None:
        """Returns the manifest of a run; None when there is none, or when it is damaged or cannot be read."""
        try:
            values = json.loads((run_dir / MANIFEST_NAME).read_text(encoding="utf-8"))
            created = datetime.fromisoformat(values["created_at"])
            metadata = values.get("metadata")
            agent = metadata.get("agent") if isinstance(metadata, dict) else None
            return cls(
                str(values["library"]),
                str(values["task"]),
                created if created.tzinfo else created.replace(tzinfo=UTC),
                agent if isinstance(agent, str) else None,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
