# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Assembles a run from its files and its rewards, and infers its status."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..learners.formats import ENVIRONMENT_STEPS, ITERATIONS, LibraryFormat, format_of
from .model import Run, RunStatus, as_text
from .reward_summary import RewardSummary
from .run_files import PlannedLength, RunFiles

ALIVE = 60.0
"""A run whose process cannot be checked counts as running for this long after its last write [s]."""


def assemble(run_dir: Path, content: RunFiles, rewards: RewardSummary, now: float) -> Run:
    """Returns the run in a directory.

    Args:
        run_dir: The directory.
        content: The content of its files.
        rewards: The summary of its rewards, empty until they are read.
        now: The time [unix s].
    """
    library = as_text(run_dir.parent.parent.name)
    record = content.record
    library_format = format_of(library)
    iterations, steps = _counters(library_format, content.plan, rewards)
    resumed_from = None
    if record is not None:
        iterations, steps = record.iterations, record.steps
        origin = record.resumed_from
        resumed_from = library_format.run_dir_of(Path(origin.checkpoint)) if origin else None
    best_reward, best_iteration = _best(library_format, content, rewards)
    status = infer_status(library, content, rewards, now)
    damaged = "" if status is RunStatus.RUNNING or not content.damaged else _damage(content.damaged)
    return Run(
        path=run_dir,
        library=library,
        experiment=as_text(run_dir.parent.name),
        task=as_text(content.task),
        created=content.created,
        status=status,
        iterations=iterations,
        steps=steps,
        seconds=rewards.seconds if record is None else record.seconds,
        last_reward=rewards.last,
        best_reward=best_reward,
        best_iteration=best_iteration,
        size=content.size,
        name=as_text(content.name),
        tags=tuple(map(as_text, content.tags)),
        archived=content.archived,
        sparkline=rewards.sparkline,
        resumed_from=resumed_from,
        fine_tuned=record is not None and record.config.fine_tune,
        has_manifest=content.has_manifest,
        stop_reason=as_text((record.stop_reason if record is not None else None) or ""),
        reward_changes=() if record is None else record.reward_changes,
        problem=as_text(" ".join(sentence for sentence in (content.problem, rewards.problem, damaged) if sentence)),
    )


def _best(library: LibraryFormat, content: RunFiles, rewards: RewardSummary) -> tuple[float | None, int | None]:
    """Returns the highest mean episode return and its iteration.

    Those of the record count, which leave out the first iterations. The events of a run that was killed are newer than
    its record, so a higher return in them counts too.
    """
    record = content.record
    if record is None:
        return rewards.best, _iteration(library, content.plan, rewards.best_step)
    plan = content.plan
    if record.iterations:
        steps = record.steps // record.iterations
        counts = steps if library.step_unit == ENVIRONMENT_STEPS else None
        plan = replace(plan, counts_per_iteration=counts, steps_per_iteration=steps)
    if record.best is None:
        return rewards.best, _iteration(library, plan, rewards.best_step)
    best: tuple[float, int | None] = record.best.mean_reward, record.best.iteration
    if record.status is RunStatus.RUNNING:
        for reward, step in ((rewards.best, rewards.best_step), (rewards.last, rewards.last_step)):
            iteration = _iteration(library, plan, step)
            if reward is not None and reward > best[0] and (iteration or 0) > record.best.iteration:
                best = reward, iteration
    return best


def _damage(names: tuple[str, ...]) -> str:
    what, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return f"{' and '.join(names)} {what} damaged: latest and best skip {them}."


def infer_status(library: str, content: RunFiles, rewards: RewardSummary, now: float) -> RunStatus:
    """Returns the status of a run: that in its record, or else the one that the library's files imply."""
    record = content.record
    if record is not None:
        if record.status is not RunStatus.RUNNING:
            return record.status
        alive = record.process.is_alive()
        if alive is None:
            # it runs on another machine or in another container: only its files show whether it is alive
            alive = True if _recent(max(record.updated_at.timestamp(), content.events_modified), now) else None
        return {True: RunStatus.RUNNING, False: RunStatus.KILLED, None: RunStatus.UNKNOWN}[alive]
    ended = _ended(format_of(library), content.plan, rewards)
    if ended is not None:
        return ended
    return RunStatus.RUNNING if _recent(content.events_modified, now) else RunStatus.UNKNOWN


def may_change(run: Run, now: float, content: RunFiles) -> bool:
    """Returns whether a run may change soon: it is running, or wrote something recently."""
    return run.status is RunStatus.RUNNING or abs(now - content.events_modified) < 10 * ALIVE


def _recent(time: float, now: float) -> bool:
    return abs(now - time) < ALIVE


def _ended(library: LibraryFormat, plan: PlannedLength, rewards: RewardSummary) -> RunStatus | None:
    """Returns how a run without a record ended, as its final model shows; None if that is unknown."""
    if plan.length is None:
        return None
    if not library.last_is_final:
        if plan.final_steps is None:
            return None
        # an interrupted training saves a final model too
        return RunStatus.FINISHED if plan.final_steps >= plan.length else RunStatus.STOPPED
    if plan.last_model is not None:
        if library.step_unit != ITERATIONS or library.length_is_total:
            return RunStatus.FINISHED if plan.last_model >= plan.length else None
        first = int(rewards.first_step or 0)  # a resumed training continues the count
        if plan.last_model >= first + plan.length - 1:
            return RunStatus.FINISHED
        if plan.save_interval and plan.last_model % plan.save_interval:
            return RunStatus.STOPPED
    return None


def _counters(library: LibraryFormat, plan: PlannedLength, rewards: RewardSummary) -> tuple[int | None, int | None]:
    """Returns the finished iterations and the environment steps of a run without a record."""
    known = [int(step) for step in (rewards.last_step, plan.final_steps) if step is not None]
    if not known and plan.last_model is not None:
        known = [plan.last_model]  # the command of skrl logs nothing in a training of fewer than a hundred steps
    return library.progress_at(max(known), plan.pace) if known else (None, None)


def _iteration(library: LibraryFormat, plan: PlannedLength, step: float | None) -> int | None:
    """Returns the iteration of a step of the library; None if it is unknown."""
    if step is None:
        return None
    if library.step_unit == ITERATIONS:
        return int(step)
    return int(step) // plan.counts_per_iteration if plan.counts_per_iteration else None
