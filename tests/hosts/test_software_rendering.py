# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The threads that draw where there is no GPU leave the cores to the training."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from rl_trainer_ext.hosts.standalone.software_rendering import BackgroundRasterizer, rasterizer_threads


def test_threads_that_draw_get_the_lowest_priority_and_no_others_and_their_time_is_known() -> None:
    named, work, worked, end = (threading.Event() for _ in range(4))
    ids: list[int] = []

    def rasterize() -> None:
        ids.append(threading.get_native_id())
        Path("/proc/thread-self/comm").write_text("llvmpipe-7", encoding="utf-8")
        named.set()
        work.wait()
        while time.thread_time() < 0.1:
            pass
        worked.set()
        end.wait()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=rasterize)
    thread.start()
    try:
        assert named.wait(10)
        assert ids[0] in rasterizer_threads()
        rasterizer = BackgroundRasterizer()
        assert rasterizer.newly_used() == 0.0
        assert rasterizer.take_over() == len(rasterizer_threads())
        assert os.getpriority(os.PRIO_PROCESS, ids[0]) == 19
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
        work.set()
        assert worked.wait(60)
        assert rasterizer.newly_used() >= 0.09
        assert rasterizer.newly_used() < 0.09
    finally:
        work.set()
        end.set()
        thread.join()
