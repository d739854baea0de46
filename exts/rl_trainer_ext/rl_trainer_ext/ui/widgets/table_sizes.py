# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Widths in a table [pixels]. No widgets."""

MARGIN = 8
"""Beside the rows."""

DOT = 14
"""Of the dot before a row."""

GAP = 10
"""Between two columns."""

SCROLL_BAR = 10
"""Of the scroll bar."""
