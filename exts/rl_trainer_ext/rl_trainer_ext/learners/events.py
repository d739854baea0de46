# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A library's TensorBoard writer, mirrored in the metrics, and carried over a full disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..metrics import Metrics, canonical_tag

if TYPE_CHECKING:  # a playback, which logs nothing, need not wait for TensorBoard
    from .event_file import HoldAndRetry


def mirror_scalars(writer: Any, metrics: Metrics, hold_and_retry: HoldAndRetry) -> None:
    """Files every scalar that a summary writer is given in ``metrics`` too, and lets the writer do without its thread.

    Scalars of the same step go into one event rather than one each, which is most of what a library's logging costs.
    They are written by ``writer.flush()``, which is to be called when an iteration has logged them all.

    Args:
        writer: A ``SummaryWriter`` of torch, or one of RSL-RL's own kinds.
        metrics: Where to file; nobody else files the same tags there.
        hold_and_retry: Told of events that cannot be written: see :class:`.event_file.EventFile`.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary
    from torch.utils.tensorboard import SummaryWriter

    from .event_file import EventFile

    if isinstance(writer, SummaryWriter):
        EventFile.take_over(writer, hold_and_retry)
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
        else:
            add_scalar(tag, value, global_step, *args, **kwargs)

    def write_and_flush() -> None:
        while gathered:
            step, values = next(iter(gathered.items()))
            writer.file_writer.add_summary(Summary(value=values), step)
            # what could not be written may be yet, when the writer is closed
            del gathered[step]
        if flush is not None:
            flush()

    writer.add_scalar = add_and_file
    writer.flush = write_and_flush


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
