# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the records of TensorBoard's event files, which are TFRecord files.

TensorBoard's own reader computes the checksum of every byte in Python and opens the file four times a record. This one
checks the same checksums with a library in C, and reads a file in large pieces.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import google_crc32c

_PIECE = 2**18
"""The size of the pieces that are read [bytes], small enough for one frame."""

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_AROUND = _LENGTH.size + _CHECKSUM.size
"""The size of a record without its content [bytes]: length, its checksum, the checksum of the content."""


class RecordFile:
    """Reads one file, which may grow. It is open only while a piece is read, so it can be moved and deleted.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._piece = b""
        self._at = 0

    def records(self) -> Iterator[bytes]:
        """Yields the content of each new record.

        Stops before a damaged record, and before a record that is cut off, which a later call continues.

        Raises:
            OSError: When the file cannot be read.
        """
        while (record := self._next()) is not None:
            yield record

    def _next(self) -> bytes | None:
        if not self._has(_LENGTH.size):
            return None
        length, length_checksum = _LENGTH.unpack_from(self._piece, self._at)
        if _masked_checksum(self._piece[self._at : self._at + 8]) != length_checksum or not self._has(_AROUND + length):
            return None
        begin = self._at + _LENGTH.size
        content = self._piece[begin : begin + length]
        (checksum,) = _CHECKSUM.unpack_from(self._piece, begin + length)
        if _masked_checksum(content) != checksum:
            return None
        self._at += _AROUND + length
        return content

    def _has(self, count: int) -> bool:
        """Reads until this many bytes are available; returns whether the file has them."""
        if self._at + count <= len(self._piece):
            return True
        self._offset += self._at
        with self._path.open("rb") as file:
            file.seek(self._offset)
            self._piece = file.read(max(count, _PIECE))
        self._at = 0
        return count <= len(self._piece)


def _masked_checksum(content: bytes) -> int:
    """Returns the checksum of the format: CRC-32C, rotated, plus a constant."""
    checksum = google_crc32c.value(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
