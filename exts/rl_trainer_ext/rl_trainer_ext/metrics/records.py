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
"""Bytes that are read at once: little enough to be read and freed within a frame."""

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_AROUND = _LENGTH.size + _CHECKSUM.size
"""Bytes of a record beside its content: length, checksum of the length; checksum of the content."""


class RecordFile:
    """One file, which may grow. It is open only while a piece of it is read: it can be moved and deleted meanwhile.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._piece = b""
        self._at = 0

    def records(self) -> Iterator[bytes]:
        """The content of each whole record that was not handed out yet.

        Ends before a record that is cut off, which is read once the rest of it is there, and before a damaged one.

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
        """Whether so many bytes follow; reads on where they were not read yet."""
        if self._at + count <= len(self._piece):
            return True
        self._offset += self._at
        with self._path.open("rb") as file:
            file.seek(self._offset)
            self._piece = file.read(max(count, _PIECE))
        self._at = 0
        return count <= len(self._piece)


def _masked_checksum(content: bytes) -> int:
    """The checksum of the format: CRC-32C, rotated and shifted."""
    checksum = google_crc32c.value(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
