# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A library's TensorBoard writer, mirrored in the metrics, and carried over a full disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..metrics import Metrics, canonical_tag
from ..metrics.reading import EventReader

Waits = Callable[[BaseException, str], bool]
"""Waits a moment because something could not be written; returns whether to try again: :meth:`.keeper.Keeper.waits`."""


def mirror_scalars(writer: Any, metrics: Metrics, waits: Waits) -> Callable[[], None]:
    """Files every scalar that a summary writer is given in ``metrics`` too.

    Scalars of the same step go into one event rather than one each, which is most of what a library's logging costs:
    TensorBoard's thread takes ten events at most before whoever logs has to wait for it.

    That thread dies of a full disk, with what it was about to write. Then a new event file is opened as soon as there
    is room, and gets the points that the broken one lacks; readers see one curve.

    Args:
        writer: A ``SummaryWriter`` of torch, or one of RSL-RL's own kinds.
        metrics: Where to file; nobody else files the same tags there.
        waits: Told of the errors.

    Returns:
        Writes the scalars of an iteration, to be called when it has logged them all; ``writer.flush()`` does as well.
    """
    # a playback, which logs nothing, need not wait for the import
    from tensorboard.compat.proto.summary_pb2 import Summary
    from torch.utils.tensorboard import SummaryWriter

    add_scalar, flush = writer.add_scalar, writer.flush if hasattr(writer, "flush") else None
    # other kinds of writers send each scalar to somebody else as well
    gathers = type(writer).add_scalar is SummaryWriter.add_scalar
    gathered: dict[int | None, list[Any]] = {}
    tags: dict[str, str] = {}

    def add_and_file(tag: str, scalar_value: Any, global_step: int | None = None, *args: Any, **kwargs: Any) -> None:
        # RSL-RL logs some curves a second time, against the training's seconds
        unit = "seconds" if tag.endswith("/time") else None
        if tag not in tags:
            tags[tag] = canonical_tag(tag)
        value = float(scalar_value)  # a GPU is asked for it once
        metrics.add(tags[tag], value, 0 if global_step is None else global_step, unit)
        if gathers and not args and not kwargs:
            gathered.setdefault(global_step, []).append(Summary.Value(tag=tag, simple_value=value))
            return
        try:
            add_scalar(tag, value, global_step, *args, **kwargs)
        except OSError as error:
            write_again(error)

    def write_gathered() -> None:
        events = list(gathered.items())
        gathered.clear()
        try:
            for step, values in events:
                writer._get_file_writer().add_summary(Summary(value=values), step)
        except OSError as error:
            write_again(error)

    def flush_surely() -> None:
        write_gathered()
        try:
            if flush is not None:
                flush()
        except OSError as error:
            write_again(error)

    def write_again(error: OSError) -> None:
        while waits(error, "the curves"):
            try:
                _write_missing(writer, add_scalar, tags, metrics)
                writer.file_writer.flush()
                return
            except OSError as again:
                error = again
        raise error

    writer.add_scalar = add_and_file
    writer.flush = flush_surely
    return write_gathered


def close_writer(writer: Any) -> None:
    """Writes out and closes a mirrored writer.

    Raises:
        OSError: When the disk is full and nobody waits for room any more; the writer is closed all the same.
    """
    try:
        writer.flush()
    finally:
        if hasattr(writer, "close"):
            writer.close()


def _write_missing(writer: Any, add_scalar: Callable[..., None], tags: dict[str, str], metrics: Metrics) -> None:
    """Goes on in a new event file, which begins with every point that is in none of the old ones."""
    reader = EventReader(Path(writer.log_dir))
    reader.read()
    # torch's writer opens a file when it is given something and has none
    writer.file_writer = writer.all_writers = None
    for tag, name in tags.items():
        series, there = metrics.series(name), len(reader.metrics.series(name))
        steps, values = series.points(there)
        for step, value, wall_time in zip(steps, values, series.wall_times(there), strict=True):
            add_scalar(tag, value, int(step), walltime=wall_time)
