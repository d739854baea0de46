# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the address of ``--web``."""

from __future__ import annotations

from ...errors import UserError


def parse_address(text: str) -> tuple[str, int]:
    """Returns host and port of ``[HOST:]PORT``; without a host it is the loopback.

    Raises:
        UserError: When it is none.
    """
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535 or (":" in text and not host):
        raise UserError(f"--web takes [HOST:]PORT, such as 8080 or 0.0.0.0:8080, not '{text}'.")
    return host or "127.0.0.1", int(port)
