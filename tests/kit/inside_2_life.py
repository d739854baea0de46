# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The extension's life inside NVIDIA's real Kit kernel. Run by test_in_kit.py, after inside_1_training.py."""

from __future__ import annotations

import gc
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import psutil
import pytest
import usd_stand_ins
from helpers.driver import Driver
from helpers.memory_in_use import allocated_bytes
from inside_fixtures import TITLE, Person, windows
from kernel import EXTENSION, Kernel


@pytest.fixture(scope="session")
def others_frozen(kit: Kernel) -> None:
    """Excludes the objects of torch and Isaac Lab from garbage collection, which takes long over them."""
    gc.collect()
    gc.freeze()


def test_disabling_stops_and_saves_first_and_leaves_nothing(others_frozen: None, person: Person) -> None:
    import omni.kit.app
    from greenlet import getcurrent, greenlet
    from torch.optim import optimizer

    kit, update = person.kit, omni.kit.app.IApp.update
    hooks = len(optimizer._global_optimizer_post_hooks)
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    running = person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    del person.driver
    kit.enable(False)
    saved = sorted(running.run_dir.glob("model_*.pt"))
    assert saved[-1].stat().st_size > 1000
    assert json.loads((running.run_dir / "rl_trainer.json").read_text())["status"] == "stopped"
    del running
    collect(kit)
    assert TITLE not in windows(kit)
    assert not any(name.split(".")[0] == EXTENSION for name in sys.modules)
    assert omni.kit.app.IApp.update is update
    assert len(optimizer._global_optimizer_post_hooks) == hooks
    greenlets = [each for each in gc.get_objects() if issubclass(type(each), greenlet)]  # isinstance asks dead proxies
    assert not [each for each in greenlets if each and each is not getcurrent()]
    assert of_the_extension() == []
    kit.enable()
    kit.frames(2)
    again = Person(kit)
    again.until_state("IDLE")
    assert again.driver.text("task_name") == "Isaac-Cartpole-Direct"  # Kit's persistent settings
    assert again.driver.text("num_envs") == "16"


def collect(kit: Kernel) -> None:
    """Lets go of everything: what the collector frees in C++ lets go of more in Python."""
    for _ in range(3):
        kit.frames(1)
        gc.collect()


_EXPLAINED = 20


def of_the_extension() -> list[str]:
    """What of the extension is still alive, objects and functions, such as a callback; the first with what holds them.

    Looking for what holds an object takes a tenth of a second.
    """
    ours: dict[type, bool] = {}
    alive = []
    for each in gc.get_objects():
        kind = type(each)
        if kind not in ours:
            ours[kind] = _is_ours(kind)
        if ours[kind] or (kind is FunctionType and _is_ours(each)):
            alive.append(each)
    names = [getattr(each, "__qualname__", type(each).__qualname__) for each in alive]
    held = [f"{name}, held by {holders(each, 3)}" for name, each in zip(names[:_EXPLAINED], alive, strict=False)]
    return held + names[_EXPLAINED:]


def _is_ours(defined: type | FunctionType) -> bool:
    return str(defined.__module__).split(".")[0] == EXTENSION


def holders(thing: Any, depth: int) -> str:
    """What refers to an object, in a few words."""
    names = []
    for holder in gc.get_referrers(thing):
        if holder is sys._getframe() or type(holder).__name__ == "list_iterator" or isinstance(holder, list):
            continue  # this function and its callers
        name = getattr(holder, "__qualname__", None) or type(holder).__qualname__
        if isinstance(holder, dict):
            name = f"dict of {holder.get('__name__') or list(holder)[:3]}"
        if isinstance(holder, FrameType):
            name = f"frame of {holder.f_code.co_qualname}"
        names.append(f"{name} ({holders(holder, depth - 1)})" if depth > 1 else name)
    return ", ".join(names[:4])


def test_kit_closing_in_mid_training_saves(person: Person) -> None:
    import carb.eventdispatcher
    import omni.kit.app

    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    carb.eventdispatcher.get_eventdispatcher().dispatch_event(omni.kit.app.GLOBAL_EVENT_PRE_SHUTDOWN, payload={})
    closed = person.kit.snapshot
    assert closed.status == "stopped"
    assert closed.checkpoint.is_file()


def test_a_run_that_cannot_be_prepared_fails_and_leaves_kit_as_it_was(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    import carb.settings
    import isaaclab.sim
    from isaaclab.app.settings_manager import get_settings_manager

    def refuse() -> None:
        raise LookupError("no stage today")

    fixed = "/app/player/useFixedTimeStepping"
    backend, before = vars(get_settings_manager())["_backend"], carb.settings.get_settings().get(fixed)
    monkeypatch.setattr(isaaclab.sim, "create_new_stage", refuse)  # the last step
    person.driver.click("train")
    failed = person.until(lambda snapshot: snapshot.status == "failed", "the failure")
    assert "no stage today" in failed.failure.message
    person.kit.frames(2)
    assert vars(get_settings_manager())["_backend"] is backend
    assert carb.settings.get_settings().get(fixed) == before


def test_twenty_times_enabled_and_disabled(
    kit: Kernel, usd: usd_stand_ins.UsdContextDouble, others_frozen: None
) -> None:
    def enable_and_disable() -> None:
        kit.enable()
        kit.frames(2)
        kit.enable(False)
        kit.frames(1)

    def import_again() -> None:
        """Imports the modules again: Kit keeps the code of each, of any extension, so this is measured by itself."""
        sys.path.append(str(kit.extension_folder))
        importlib.import_module(f"{EXTENSION}.hosts.kit.host")
        for name in [name for name in sys.modules if name.split(".")[0] == EXTENSION]:
            del sys.modules[name]
        sys.path.remove(str(kit.extension_folder))

    process = psutil.Process()

    def growth(cycle: Callable[[], None], times: int) -> tuple[float, float]:
        """Returns what a cycle leaves in use: blocks of Python, and bytes of C and C++. The process's memory is no
        measure: it grows by whole pages, and shows only the peak."""
        cycle()  # the first one fills caches
        gc.collect()
        blocks, bytes_ = sys.getallocatedblocks(), allocated_bytes()
        for _ in range(times):
            cycle()
            gc.collect()
        return (sys.getallocatedblocks() - blocks) / times, (allocated_bytes() - bytes_) / times

    enable_and_disable()
    counts = process.num_threads(), process.num_fds(), len(windows(kit)), len(sys.modules)
    blocks, bytes_ = growth(enable_and_disable, 20)
    collect(kit)
    assert of_the_extension() == []
    assert (process.num_threads(), process.num_fds(), len(windows(kit)), len(sys.modules)) == counts
    blocks_of_code, bytes_of_code = growth(import_again, 12)
    # 700: one for each function that is called, where Kit keeps its code
    assert blocks - blocks_of_code < 1000
    # 210,000: omni.ui keeps each window that was closed, 23,000 bytes, and room for what was drawn in it
    assert bytes_ - bytes_of_code < 300_000
    assert kit.errors() == []


def test_hot_reload_takes_the_new_sources(kit: Kernel, folder: Path) -> None:
    sources = kit.extension_folder / EXTENSION / "ui" / "panel" / "controls.py"
    text = sources.read_text()
    kit.enable()
    kit.frames(3)
    assert Driver(kit.host.window.frame, kit.app.update).text("train") == "Train"
    try:
        # of another length: Python looks at that, and at the second in which a file was changed
        sources.write_text(text.replace('"Train"', '"Trained"'))
        kit.enable(False)
        kit.enable()
        kit.frames(3)
        assert Driver(kit.host.window.frame, kit.app.update).text("trained") == "Trained"
    finally:
        sources.write_text(text)
        kit.enable(False)
    assert kit.errors() == []


def test_a_missing_package_is_named_with_its_line(kit: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "greenlet"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "greenlet", None)
    kit.enable()
    kit.frames(3)
    driver = Driver(kit.ui.Workspace.get_window(TITLE).frame, kit.app.update)
    assert "greenlet" in driver.text("missing_package")
    assert driver.text("pip_line").endswith('-m pip install "greenlet==3.5.6"')
    kit.enable(False)
    assert kit.errors() == []
