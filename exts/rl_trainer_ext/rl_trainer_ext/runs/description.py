# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Describes a run in words, for the run browser and the command line."""

from __future__ import annotations

from .. import wording
from ..learners.formats import format_of
from .model import MANIFEST_NAME, Run, as_text
from .reward_changes import listed_changes


def library_name(library: str) -> str:
    """Returns the short name of a library for the user."""
    known = format_of(library)
    return known.short_label or known.label


def caption(run: Run) -> str:
    """Returns the title of a run in one line: its display name, its task and its tags."""
    task = run.task or f"{run.experiment}/{run.folder}"
    tags = "".join(f"  #{tag}" for tag in run.tags)
    return f"{run.name} · {task}{tags}" if run.name else task + tags


def summary(run: Run) -> list[str]:
    """Returns what is known of a run in up to four lines: start, progress, the rule that ended it, the resumed run."""
    lines = [f"{run.status.value.capitalize()}, {library_name(run.library)}, started {wording.moment(run.created)}"]
    progress = []
    if run.iterations is not None:
        progress.append(f"{wording.whole(run.iterations)} iterations")
    if run.steps is not None:
        progress.append(f"{wording.short_count(run.steps)} steps")
    if run.seconds is not None:
        progress.append(wording.duration_with_unit(run.seconds))
    if run.best_reward is not None:
        at = "" if run.best_iteration is None else f" at {wording.whole(run.best_iteration)}"
        progress.append(f"best {wording.number(run.best_reward)}{at}")
    if progress:
        lines.append(", ".join(progress))
    if run.stop_reason:
        lines.append(run.stop_reason)
    if run.resumed_from is not None:
        lines.append(f"{'Fine-tuned' if run.fine_tuned else 'Resumed'} from {as_text(run.resumed_from.name)}")
    if run.reward_changes:
        lines.append(as_text(f"Reward weights changed while it ran: {listed_changes(run.reward_changes)}"))
    return lines


def problem(run: Run) -> str:
    """Returns what is wrong with a run, in one or more sentences; empty if nothing is."""
    return run.problem or ("" if run.has_manifest else f"No manifest ({MANIFEST_NAME}): the task is unknown.")
