# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The threads that draw where there is no GPU leave the cores to the training."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from rl_trainer_ext.hosts.standalone.software_rendering import lower_rasterizer_priority, rasterizer_threads


def test_threads_that_draw_get_the_lowest_priority_and_no_others() -> None:
    named, end = threading.Event(), threading.Event()
    ids: list[int] = []

    def rasterize() -> None:
        ids.append(threading.get_native_id())
        Path("/proc/thread-self/comm").write_text("llvmpipe-7", encoding="utf-8")
        named.set()
        end.wait()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=rasterize)
    thread.start()
    try:
        assert named.wait(10)
        assert ids[0] in rasterizer_threads()
        assert lower_rasterizer_priority() == len(rasterizer_threads())
        assert os.getpriority(os.PRIO_PROCESS, ids[0]) == 19
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
    finally:
        end.set()
        thread.join()
