# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The RL libraries: one file each, behind one small protocol (see :mod:`.base`)."""
