# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL libraries: one folder each, behind the protocols of :mod:`.base`; writing checkpoints, events and records."""
