# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The arguments of the command line, and the command that they stand for."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import sys
import tomllib
from pathlib import Path
from typing import Any

from ..isaac_lab.command_values import parse_command
from ..learners.formats import library_named, trainable
from ..run_config import EVAL_EPISODES, VIDEO_INTERVAL, VIDEO_LENGTH, RunConfig
from ..training.commands import Evaluate, Export, Film, Load, Play, Train
from . import choices, display, elsewhere, evaluate, load, preset, replay
from . import film as film_of_run
from . import queue as queue_of_runs
from . import runs as run_list
from . import sweep as sweep_of_runs
from . import tasks as task_list
from .json_line import json_line
from .parser import COMMAND, Parser, Refused

EXIT_BAD_INPUT = 2

_PACKAGE = "rl-trainer-ext"
_BENCH = "./rl_trainer.sh bench, in the repository: the benchmark is not part of this package"


def command_of(arguments: argparse.Namespace) -> Train | Play | Load | Evaluate | Export | Film:
    """Returns what the trainer is to do, as the arguments of train, load, play, eval, export or film say.

    Raises:
        UserError: When the run to film, its checkpoints or the output do not exist, or a robot's command is none.
    """
    if arguments.command == "film":
        return film_of_run.command(arguments)
    if arguments.command == "load":
        return load.command(arguments)
    values = vars(arguments)
    for text in values.get("commands") or ():
        parse_command(text)
    config = RunConfig(
        **{name: values[name] for name in _CONFIG_ARGUMENTS if name in values},
        overrides=tuple(arguments.overrides),
        external=tuple(arguments.external),
        commands=tuple(values.get("commands") or ()),
    )
    if arguments.command == "play" and config.video and arguments.headless and config.num_steps is None:
        # one clip: without a window the user cannot stop it
        config = config.replace(num_steps=config.video_length or VIDEO_LENGTH)
    if arguments.command == "eval":
        return evaluate.command(config, arguments)
    if arguments.command == "train":
        return Train(config, elsewhere.where(arguments))
    return Play(config) if arguments.command == "play" else Export(config)


_CONFIG_ARGUMENTS = {field.name for field in dataclasses.fields(RunConfig)} - {"overrides", "external", "commands"}


def _own_version() -> str:
    """Returns the version of this package, also where only its folder is on Python's path, as in Isaac Sim."""
    try:
        return importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        manifest = Path(__file__).parents[2] / "config" / "extension.toml"
        return tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]["version"]


def parse(argv: list[str]) -> argparse.Namespace:
    """Returns the arguments of a command line; prints help, or one sentence about what is wrong, and exits."""
    try:
        return _parse(argv)
    except Refused as refused:
        print(f"rl-trainer: {refused}", file=sys.stderr)
        if "--json" in argv:
            print(json_line({"status": "failed", "error": str(refused)}))
        sys.exit(EXIT_BAD_INPUT)


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = Parser(
        prog="rl-trainer",
        description="Train Isaac Lab tasks and watch them learn. Without a command: opens the panel.",
    )
    _add_common(parser, before_command=True)
    version = f"rl-trainer {_own_version()}"
    parser.add_argument("--version", action="version", version=version, help="show the version and exit")
    parser.add_argument("--isaacsim", action="store_true", help="open the panel inside Isaac Sim")
    display.add_web(parser)
    task_list.add_external(parser, "external_before")
    parser.set_defaults(headless=False, screenshot=None, command=None, overrides=[], external=[], external_before=[])
    commands = parser.add_subparsers(dest="command", metavar=COMMAND)

    train = _add_train(commands)
    for following in elsewhere.add_commands(commands):
        _add_common(following)
    preview, play = _add_load(commands), _add_play(commands)
    run_table = commands.add_parser(
        "runs", help="list runs", description="Lists the runs of a log root, newest first, isaaclab train's too."
    )
    run_list.add_arguments(run_table)
    _add_common(run_table)
    _add_queue(commands)
    _add_sweep(commands)
    evaluation, export = _add_eval(commands), _add_export(commands)
    _add_film(commands)
    steps = commands.add_parser(
        "replay",
        help="show the last steps before a value that is no finite number",
        description="Shows the steps that --keep_last_steps has kept of an environment with a value that is no finite "
        "number.",
    )
    _add_common(steps)
    replay.add_arguments(steps)
    # without a help text it is not listed; see below
    commands.add_parser("bench", usage=_BENCH, add_help=False)

    task_table = commands.add_parser(
        "tasks", help="list tasks", description="Lists the tasks that are registered here."
    )
    task_list.add_arguments(task_table)
    _add_common(task_table)

    doctor = commands.add_parser(
        "doctor", help="check what is installed", description="Prints what is there, and what to do."
    )
    _add_common(doctor)

    if {"-h", "--help"} & set(argv) and (task := choices.task_in(argv)):
        words = choices.describe(task, choices.modules_in(argv))
        train.epilog = preview.epilog = play.epilog = evaluation.epilog = export.epilog = words
    parser.argv, parser.commands = argv, commands.choices
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "bench":
        parser.error("the benchmark comes with the repository, not with this package: run ./rl_trainer.sh bench there")
    arguments.external = [*arguments.external_before, *arguments.external]
    preset.settle(arguments)
    if rest:
        options = [argument for argument in rest if argument.startswith("--")]
        if options or arguments.command not in ("train", "load", "play", "eval", "export"):
            parser.refuse((options or rest)[0], arguments.command or "")
        arguments.overrides = [*arguments.overrides, *rest]
    if arguments.command is not None and arguments.isaacsim:
        parser.error("--isaacsim opens the panel and takes no command: leave one of them out")
    if arguments.command == "train" and not arguments.task and arguments.preset is None:
        train.error("the following arguments are required: --task, or --preset with a file that names one")
    return arguments


def _add_train(commands: Any) -> argparse.ArgumentParser:
    train = commands.add_parser("train", help="train a task", description="Opens the panel and presses Train.")
    _add_run(train, needs_task=False)
    preset.add_argument(train)
    elsewhere.add_where(train)
    train.add_argument("--max_iterations", type=int, metavar="N", help="training iterations (default: the task's)")
    train.add_argument("--stop_reward", type=float, metavar="X", help="end once the mean reward reaches X")
    train.add_argument(
        "--stop_patience", type=int, metavar="N", help="end once the mean reward has not risen for N iterations"
    )
    train.add_argument("--stop_minutes", type=float, metavar="T", help="end after T minutes of training")
    train.add_argument(
        "--eval_interval",
        type=int,
        metavar="N",
        help="evaluate every N iterations, in a process beside the training: whole episodes, deterministic actions",
    )
    train.add_argument(
        "--eval_episodes", type=int, metavar="N", help=f"episodes of each evaluation (default: {EVAL_EPISODES})"
    )
    train.add_argument("--seed", type=int, metavar="N", help="seed (default: the task's; -1 draws one)")
    train.add_argument("--checkpoint", metavar=choices.CHECKPOINT, help="resume from this checkpoint")
    train.add_argument(
        "--fine_tune",
        "--no-resume_optimizer_state",
        action="store_true",
        help="start a new training with the weights of --checkpoint: new optimizer, counters from 0",
    )

    loggers = "; ".join(f"{each.name}: {', '.join(each.loggers)}" for each in trainable().values() if each.loggers)
    train.add_argument("--logger", metavar="L", help=f"where to log ({loggers}; default: the task's)")
    train.add_argument("--log_project_name", metavar="NAME", help="name of the project there")
    train.add_argument("--run_name", metavar="NAME", help="appended to the time in the name of the run's folder")
    return train


def _add_load(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "load", help="look at a task without training it", description="Opens the panel and presses Load."
    )
    load.add_arguments(parser)
    _add_common(parser)
    return parser


def _add_play(commands: Any) -> argparse.ArgumentParser:
    play = commands.add_parser("play", help="play a checkpoint", description="Opens the panel and presses Play.")
    _add_run(play)
    play.add_argument("--seed", type=int, metavar="N", help="seed (default: the task's; -1 draws one)")
    play.add_argument(
        "--checkpoint",
        metavar=choices.CHECKPOINT,
        default="latest",
        help="what to play (default: latest)",
    )
    play.add_argument("--num_steps", type=int, metavar="N", help="environment steps to play (default: until stopped)")
    play.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="multiple of real time; 0: as fast as possible (default: 1)",
    )
    play.add_argument(
        "--command",
        dest="commands",
        action="append",
        metavar="NAME=V,V,V",
        help="what the robots are commanded, such as base_velocity=0.5,0,0.2 (default: what the task samples)",
    )
    return play


def _add_queue(commands: Any) -> None:
    queue = commands.add_parser(
        "queue",
        help="train what a file lists, one after another",
        description="Trains the entries of a YAML file one after another, without a window. One that fails does not "
        "stop the others.",
    )
    queue_of_runs.add_arguments(queue)
    _add_common(queue)


def _add_sweep(commands: Any) -> None:
    sweep = commands.add_parser(
        "sweep",
        help="train a task with several parameters, with Ray Tune",
        description="Trains with the parameters that a YAML file describes, as Ray Tune schedules them, without a "
        "window. Each trial is a run of its own in the log root.",
    )
    sweep_of_runs.add_arguments(sweep)
    _add_common(sweep)


def _add_eval(commands: Any) -> argparse.ArgumentParser:
    evaluation = commands.add_parser(
        "eval",
        help="play whole episodes with a checkpoint and say what it achieves",
        description="Plays whole episodes with deterministic actions, and counts every environment\n"
        "alike. Keeps the result in the run's folder.",
    )
    _add_run(evaluation, window=False, num_envs=f"the episodes, at most {evaluate.NUM_ENVS}")
    evaluate.add_arguments(evaluation)
    return evaluation


def _add_export(commands: Any) -> argparse.ArgumentParser:
    export = commands.add_parser(
        "export",
        help="write a checkpoint's policy as policy.pt and policy.onnx",
        description="Writes the policy, its normaliser inside, to <run>/exported, and checks\nthe files against it.",
    )
    _add_run(export, window=False, num_envs="4", device="cpu")
    export.add_argument(
        "--checkpoint",
        metavar=choices.CHECKPOINT,
        default="latest",
        help="what to export (default: latest)",
    )
    # on the CPU it does not compete with a training; a few environments give different observations
    export.set_defaults(headless=True, device="cpu", num_envs=4, speed=0.0)
    return export


def _add_film(commands: Any) -> argparse.ArgumentParser:
    film = commands.add_parser(
        "film",
        help="record all checkpoints of a run as one video",
        description="Plays the checkpoints one after another and records them, with their names, as one MP4 or GIF "
        "file.",
    )
    film_of_run.add_arguments(film)
    _add_common(film)
    film.set_defaults(headless=True)
    return film


def _add_common(parser: argparse.ArgumentParser, *, before_command: bool = False) -> None:
    """Adds the options that may be given before a command and after it: those after it count.

    Args:
        parser: The parser of the program, or that of a command.
        before_command: Whether it is that of the program. A command's parser leaves what the program's has read.
    """

    def usual(value: Any) -> Any:
        return value if before_command else argparse.SUPPRESS

    parser.add_argument(
        "--log_root",
        default=usual(None),
        metavar="DIR",
        help=f"where runs are written (default: {preset.DEFAULT_LOG_ROOT})",
    )
    parser.add_argument(
        "--json", action="store_true", default=usual(False), help="print one JSON object, last on stdout"
    )
    parser.add_argument(
        "--verbose", action="store_true", default=usual(False), help="show what Isaac Lab and the library print"
    )


def _add_run(
    parser: argparse.ArgumentParser,
    window: bool = True,
    needs_task: bool = True,
    num_envs: str = "the task's, 64 on a CPU",
    device: str = "cuda:0 if there is one",
) -> None:
    """Adds the options of a training or a playback; ``num_envs`` and ``device`` say which defaults it has."""
    formats = trainable()
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, choices.HINT
    parser.add_argument("--task", required=needs_task, default="", metavar="T", help="such as Isaac-Cartpole-Direct")
    parser.add_argument(
        "--library",
        "--rl_library",
        type=library_named,
        default="",
        metavar="L",
        help=f"{' or '.join(formats)} (default: the one that the task names)",
    )
    parser.add_argument("--num_envs", type=int, metavar="N", help=f"parallel environments (default: {num_envs})")
    parser.add_argument("--device", default=None, metavar="D", help=f"cpu or cuda:<index> (default: {device})")
    task_list.add_external(parser)
    parser.add_argument("--agent", metavar="KEY", help="agent configuration (default: <library>_cfg_entry_point)")
    parser.add_argument(
        "--experiment_name", metavar="NAME", help="folder of the runs below the library's (default: the task's)"
    )
    parser.add_argument(
        "--deterministic", action="store_true", help="deterministic algorithms in physics and PyTorch, maybe slower"
    )
    parser.add_argument(
        "--keep_last_steps",
        action="store_true",
        help="keep the last 100 steps, and write them when a value is no finite number (see replay)",
    )
    parser.add_argument("--trust", action="store_true", help="let the checkpoint run code while it is read")
    keeping = " and ".join(each.name for each in formats.values() if each.keeps_all_info)
    parser.add_argument(
        "--keep_all_info",
        action="store_true",
        help=f"{keeping}: all extra information for each environment, which is slow",
    )
    if window:
        display.add_arguments(parser)
        display.add_web(parser)
        parser.add_argument("--video", action="store_true", help="record clips of the viewport into <run>/videos")
        parser.add_argument(
            "--video_length", type=int, metavar="N", help=f"environment steps of a clip (default: {VIDEO_LENGTH})"
        )
        parser.add_argument(
            "--video_interval",
            type=int,
            metavar="N",
            help=f"environment steps from one clip to the next (default: {VIDEO_INTERVAL})",
        )
        parser.add_argument("--headless", action="store_true", help="open no window")
        parser.add_argument(
            "--screenshot", metavar="PNG", help="write a picture of the panel when the run ends, and exit"
        )
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="HYDRA OVERRIDE",
        help="such as env.sim.dt=0.01, or presets: physics=NAME renderer=NAME presets=NAME[,NAME]",
    )
    _add_common(parser)
