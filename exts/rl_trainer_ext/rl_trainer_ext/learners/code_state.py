# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The git diffs that RSL-RL stores with a run, of repositories whose files are not all UTF-8."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def tolerate_undecodable_diffs(logger: Any) -> None:
    """Lets a logger of RSL-RL store a diff that holds other bytes than UTF-8, with these escaped.

    GitPython hands such bytes on as surrogates, and the library's strict write of them would end the training.

    Args:
        logger: RSL-RL's, before ``init_logging_writer()``.
    """
    store = logger._store_code_state

    def store_all() -> list[str]:
        interrupted = False
        folder = Path(logger.log_dir, "git")
        before = set(folder.glob("*.diff"))
        while True:
            try:
                stored = store()
                break
            except UnicodeEncodeError as error:
                # the library has just begun this file, and leaves out those that exist when it is called again
                begun = [path for path in set(folder.glob("*.diff")) - before if path.stat().st_size == 0]
                if len(begun) != 1:
                    raise
                begun[0].write_text(error.object, encoding="utf-8", errors="backslashreplace")
                interrupted = True
        # the call that ends well leaves out what the interrupted ones have stored
        return sorted(map(str, set(folder.glob("*.diff")) - before)) if interrupted else stored

    logger._store_code_state = store_all
