# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Describes entries of the queue in words. No widgets."""

from __future__ import annotations

from ... import wording
from ...run_config import TRAIN_OPTIONS, RunConfig
from ...training.queue.commands import QueueView
from ...training.queue.model import Entry, ProcessKind, QueuedRun, RunState
from ..panel.queue_row import PROCESS_LABELS, summary

_IN_THE_TITLE = ("task", "library", "seed", "log_root")


def title(entry: Entry) -> str:
    """Returns the task, the library and the seeds of an entry in one line."""
    config, seeds = entry.request.config, entry.request.seeds
    # plain letters only: omni.ui cuts texts between bytes
    library = f", {config.library}" if config.library else ""
    if seeds:
        return f"{config.task}{library}, seeds {','.join(map(str, seeds))}"
    return f"{config.task}{library}" + ("" if config.seed is None else f", seed {config.seed}")


def changes(entry: Entry) -> str:
    """Returns the settings of an entry that are not the usual ones, in one line."""
    config, usual = entry.request.config, RunConfig(task="", library="")
    found = []
    if entry.request.process is not ProcessKind.THIS:
        found.append(PROCESS_LABELS[entry.request.process])
    for name in TRAIN_OPTIONS:
        value = getattr(config, name)
        if name in _IN_THE_TITLE or value == getattr(usual, name):
            continue
        if isinstance(value, tuple):
            found += map(str, value)
        else:
            found.append(name if value is True else f"{name} {value}")
    return ", ".join(found)


def state_words(entry: Entry) -> str:
    """Returns how an entry stands, with its reward or the number of its runs that are done, for a column."""
    done = sum(run.state not in (RunState.WAITING, RunState.RUNNING) for run in entry.runs)
    state = entry.state
    if state is RunState.FINISHED:
        return reward_words(entry) or state.value
    if len(entry.runs) > 1 and state in (RunState.WAITING, RunState.RUNNING):
        return f"{state} {done}/{len(entry.runs)}"
    return state.value


def reward_words(entry: Entry) -> str:
    """Returns the reward of an entry; of several seeds, mean and standard deviation. Empty where there is none."""
    found = entry.mean_and_deviation
    if found is None:
        return ""
    mean, deviation = found
    return wording.number(mean) + (f" ± {deviation:.2g}" if len(entry.rewards) > 1 else "")


def result_words(entry: Entry) -> str:
    """Returns the result of several seeds in a sentence; empty for one run, and before the first has finished."""
    count = len(entry.rewards)
    if len(entry.runs) < 2 or not count:
        return ""
    return f"Mean reward {reward_words(entry)} over {count} of {len(entry.runs)} seeds."


def run_words(run: QueuedRun) -> str:
    """Returns one line about a run of an entry."""
    seed = "" if run.seed is None else f"Seed {run.seed}: "
    state = "waits to resume" if run.resume and run.state is RunState.WAITING else run.state.value
    words = f"{seed}{state}"
    if run.iterations:
        words += f", {wording.whole(run.iterations)} iterations"
    if run.mean_reward is not None:
        words += f", reward {wording.number(run.mean_reward)}"
    return words


def status_words(view: QueueView) -> str:
    """Returns what the queue does, with the progress of the present run."""
    entry = view.current_entry
    if entry is None or view.current is None:
        return summary(view)
    run = entry.runs[view.current[1]]
    seed = "" if run.seed is None or len(entry.runs) == 1 else f", seed {run.seed}"
    return f"Entry {entry.number}{seed}: {view.progress}"
