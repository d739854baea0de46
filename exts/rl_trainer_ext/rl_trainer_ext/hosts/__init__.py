# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What differs between Kit, the stand-alone window and a terminal: frame loop, files, settings."""
