# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command line: ``rl-trainer`` opens the panel; ``train``, ``load``, ``play``, ``runs``, ``doctor`` as named."""

from __future__ import annotations

import argparse
import dataclasses
import io
import sys
from pathlib import Path
from typing import Any

from .. import wording
from ..errors import UserError
from ..hosts.console import where_details_are
from ..hosts.standalone.signals import EXIT_INTERRUPTED
from ..training.commands import Load, Play, Train
from ..training.snapshot import RunView, Snapshot
from ..training.where import WhereKind
from . import display, elsewhere, evaluate, preset, replay
from . import queue as queue_of_runs
from . import runs as run_list
from . import sweep as sweep_of_runs
from . import tasks as task_list
from .arguments import EXIT_BAD_INPUT, command_of, parse
from .json_line import json_line

EXIT_FAILED = 1


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns its exit status.

    0: done; 1: the run failed; 2: what was asked for cannot be done; 130: interrupted.
    """
    if argv is None:
        # what is left in there, Isaac Lab and Kit take for their own: after --verbose all of Python logs for debugging
        argv, sys.argv = sys.argv[1:], sys.argv[:1]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # where output is not UTF-8, as of a pipe on Windows, a run's name must not end the program
            stream.reconfigure(errors="backslashreplace")
    arguments = parse(argv)
    if arguments.command == "doctor":
        from .doctor import run

        return run(arguments.log_root, arguments.json)
    command: Train | Play | Load | None = None
    exit_status = None
    try:
        if arguments.isaacsim:
            from ..hosts.kit import launcher as kit_launcher

            return kit_launcher.run(arguments.log_root)
        if arguments.command == "runs":
            return run_list.run(arguments)
        if arguments.command == "tasks":
            return task_list.run(arguments)
        if arguments.command == "replay" and not arguments.panel:
            return replay.run(arguments)
        if arguments.command == "queue":
            return queue_of_runs.run(arguments)
        if arguments.command == "sweep":
            return sweep_of_runs.run(arguments)
        if arguments.command == "stop":
            return elsewhere.stop(arguments)
        if arguments.command == "replay":
            command = replay.command(arguments)
        elif arguments.command not in (None, "attach"):
            preset.apply(arguments)
            command = command_of(arguments)
            command.config.validate()
        shown, web = display.commands(arguments), display.web_address(arguments)
        if arguments.command == "attach":
            snapshot, interrupted, exit_status = elsewhere.attach(arguments)
        elif isinstance(command, Train) and command.where.kind is not WhereKind.LOCAL and arguments.headless:
            snapshot, interrupted, exit_status = elsewhere.train(command)
        elif command is not None and arguments.headless:
            from ..hosts.standalone import terminal

            snapshot, interrupted = terminal.run(command, verbose=arguments.verbose)
        else:
            from ..hosts.standalone import program

            snapshot, interrupted = program.run(
                command,
                log_root=arguments.log_root,
                external=tuple(arguments.external),
                first=shown,
                screenshot=arguments.screenshot,
                stay=not arguments.json and arguments.screenshot is None,
                verbose=arguments.verbose,
                web=web,
            )
    except KeyboardInterrupt:
        snapshot, interrupted = Snapshot(), True
    except UserError as error:
        print(f"rl-trainer: {error}", file=sys.stderr)
        if arguments.json:
            print(json_line({"status": "failed", "error": str(error)}))
        return EXIT_BAD_INPUT
    if interrupted and command is not None and not snapshot.status:
        # while Isaac Lab was being imported: nothing has begun, and an import that was broken off is no failure
        asked = RunView(command.config, playing=isinstance(command, Play | Load))
        snapshot = dataclasses.replace(snapshot, status="stopped", run=asked, failure=None)
    status = _conclude(snapshot, interrupted, arguments)
    return status if exit_status is None or interrupted else exit_status


def result(snapshot: Snapshot) -> dict[str, Any]:
    """Returns what ``--json`` prints of a run."""
    config = snapshot.config
    values: dict[str, Any] = {
        "run_dir": None if snapshot.run_dir is None else str(snapshot.run_dir),
        "task": None if config is None else config.task,
        "library": None if config is None else config.library,
        "iterations": snapshot.iteration,
        "steps": snapshot.steps,
        "steps_per_second": snapshot.counts.steps_per_second,
        "mean_reward": snapshot.mean_reward,
        "mean_episode_length": None if snapshot.run is None else snapshot.run.mean_episode_length,
        "checkpoint": None if snapshot.checkpoint is None else str(snapshot.checkpoint),
        "seconds": snapshot.elapsed,
        "status": snapshot.status,
    }
    if snapshot.run is not None and snapshot.run.stop_reason:
        values["stop_reason"] = snapshot.run.stop_reason
    recording = None if snapshot.run is None else snapshot.run.recording
    if recording is not None and recording.clips:
        values["videos"] = [str(clip) for clip in recording.clips]
    exported = None if snapshot.run is None else snapshot.run.exported
    if exported is not None:
        values |= {"jit": _files(exported.jit), "onnx": _files(exported.onnx), "max_error": exported.max_error}
    if snapshot.run is not None and snapshot.run.evaluations:
        told = evaluate.values(snapshot.run.evaluations)
        values |= told if snapshot.playing else {key: told[key] for key in ("evaluations", "best")}
    if snapshot.failure is not None:
        values["error"] = snapshot.failure.message
    return values


def _files(by_agent: dict[str, Path]) -> str | dict[str, str]:
    """A path, or paths by agent where several have a policy each."""
    paths = {agent: str(path) for agent, path in by_agent.items()}
    return paths.get("") or paths


def _conclude(snapshot: Snapshot, interrupted: bool, arguments: argparse.Namespace) -> int:
    failure = snapshot.failure
    if failure is not None:
        if failure.details and arguments.verbose:
            print(failure.details, file=sys.stderr)
        print(f"rl-trainer: {failure.message}", file=sys.stderr)
        if failure.details and not arguments.verbose:
            print(f"rl-trainer: {where_details_are(snapshot)}", file=sys.stderr)
        if snapshot.run is not None and snapshot.run.evaluations and not arguments.json:
            print(evaluate.text(snapshot.run.evaluations))  # those before the failure, and one that could not be kept
    elif snapshot.status and not arguments.json:
        _print_summary(snapshot)
    if arguments.json:
        print(json_line(result(snapshot)))
    if interrupted:
        return EXIT_INTERRUPTED
    if failure is not None:
        return EXIT_BAD_INPUT if failure.bad_input else EXIT_FAILED
    return 0


def _kind(snapshot: Snapshot) -> str:
    if snapshot.run is None or snapshot.run.preview is None:
        return "playback"
    return "preview" if snapshot.run.replay is None else "replay"


def _print_summary(snapshot: Snapshot) -> None:
    if snapshot.run is not None and snapshot.run.evaluations:
        print(evaluate.text(snapshot.run.evaluations))
        if snapshot.playing:
            print(*filter(None, (snapshot.notice,)), sep="\n", end="\n" if snapshot.notice else "")
            return
    exported = None if snapshot.run is None else snapshot.run.exported
    if exported is not None:
        print(snapshot.notice, *exported.jit.values(), *exported.onnx.values(), sep="\n")
        return
    rate = f", {wording.rate(snapshot.counts.steps_per_second)}" if snapshot.counts.steps_per_second else ""
    reward = f", mean reward {wording.number(snapshot.mean_reward)}" if snapshot.mean_reward is not None else ""
    kind = _kind(snapshot)
    what = kind if snapshot.playing else f"{snapshot.iteration} of {snapshot.counts.total_iterations} iterations"
    spent = f"{wording.whole(snapshot.steps)} steps in {wording.duration_with_unit(snapshot.elapsed)}"
    print(f"{snapshot.status}: {what}, {spent}{rate}{reward}")
    if snapshot.run is not None and snapshot.run.stop_reason:
        print(snapshot.run.stop_reason)
    if snapshot.checkpoint is not None and not snapshot.playing:
        print(snapshot.checkpoint)
    recording = None if snapshot.run is None else snapshot.run.recording
    if recording is not None and (recording.clips or recording.problem):
        print(*recording.clips, *filter(None, (recording.problem,)), sep="\n")
