# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""NVIDIA's real Kit kernel with the real omni.ui in this process, for the tests that run inside it.

Kit's own omni.ui is an extension that draws in the middle of Kit's frame. Here ovui draws right after each frame.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from helpers.drawing import draw_screenshots_only

REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSION = "rl_trainer_ext"
SCREEN = (1000, 900)
ISAAC_SIM_PARTS = Path(sys.prefix, "lib", "isaac-sim-6.2.0.0", "isaacsim", "exts")
"""Extensions of the real Isaac Sim, where ``./rl_trainer.sh test`` has fetched them."""


class Kernel:
    """Kit, started once for the process.

    Args:
        folder: For what Kit writes, and a copy of the extension, whose sources a test may change.
        copied: Whether Kit loads that copy; otherwise the caller tells Kit where the extension is.
        options: More of Kit's command line.
    """

    def __init__(self, folder: Path, copied: bool = True, options: Sequence[str] = ()) -> None:
        self.log = folder / "kit.log"
        self.extension_folder = folder / "exts" / EXTENSION
        self.extension_folder.parent.mkdir(exist_ok=True)
        if copied:
            shutil.copytree(REPOSITORY / "exts" / EXTENSION, self.extension_folder)
        self._read = 0
        from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui

        self.ui = load_omni_ui("Kit", *SCREEN, offscreen=True)[0]  # before anything of Kit can be imported
        draw_screenshots_only(self.ui)
        if copied:
            self._forget_the_installed_package()
        import omni

        # omniverseclient makes omni a regular package, which the kernel's own part has to be added to
        package = Path(str(self.ui.__file__)).resolve().parents[1]
        omni.__path__ = [*omni.__path__, str(package / "kernel" / "py" / "omni")]
        from omni.kit_app import KitApp

        self._app = KitApp()
        self._app.startup(
            [
                *(
                    "--empty",
                    "--no-window",
                    "--portable-root",
                    str(folder / "kit"),
                    "--enable",
                    "omni.kit.async_engine",
                ),
                *("--ext-folder", str(self.extension_folder.parent)),
                *("--ext-folder", str(Path(__file__).parent / "exts")),
                *(f"--/log/file={self.log}", "--/log/fileLogLevel=Warn", "--/log/outputStreamLevel=Fatal"),
                *("--/app/python/interceptSysStdOutput=false", "--/app/python/logSysStdOutput=false"),
                *("--/app/python/interceptSysExit=false", "--/app/installSignalHandlers=false"),
                # without a run loop of its own Kit takes itself for closing; with a fast shutdown it ends the process
                *("--/app/runWithoutRunloop=true", "--/app/fastShutdown=false"),
                # tests/hosts/test_task_reader.py reads tasks; here it would take minutes of a core
                f"--/exts/{EXTENSION}/read_tasks=false",
                *options,
            ]
        )
        self.manager = self._app.extension_manager
        _find_modules_quickly()
        import carb

        # as every Kit with a window has it
        carb.get_framework().load_plugins(
            loaded_file_wildcards=["carb.input.plugin"], search_paths=["${CARB_APP_PATH}/kernel/plugins"]
        )

    @staticmethod
    def _forget_the_installed_package() -> None:
        """In Isaac Sim nothing but Kit itself knows where the extension is."""
        for name in [name for name in sys.modules if name.split(".")[0] == EXTENSION]:
            del sys.modules[name]
        for path in [path for path in sys.path if (Path(path or ".") / EXTENSION).is_dir()]:
            sys.path.remove(path)

    @property
    def app(self) -> Any:
        """``omni.kit.app.get_app()``."""
        import omni.kit.app

        return omni.kit.app.get_app()

    def frame(self) -> None:
        """One frame of Kit, and what omni.ui draws in it."""
        from omni.ui.standalone import _tick_one_frame

        self.app.update()
        _tick_one_frame()

    def frames(self, count: int) -> None:
        """Some frames."""
        for _ in range(count):
            self.frame()

    def until(self, reached: Callable[[], Any], what: str, seconds: float = 600.0) -> None:
        """Frames until something is the case."""
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, f"{what} was not reached in {seconds:.0f} s; the trainer: {self.snapshot}"
            self.frame()

    def enable(self, enabled: bool = True) -> None:
        """Enables the extension, or disables it, as Kit's window of extensions does."""
        self.manager.set_extension_enabled_immediate(EXTENSION, enabled)
        assert self.manager.is_extension_enabled(EXTENSION) is enabled, self.errors()

    @property
    def host(self) -> Any:
        """What the extension has in Kit now."""
        return sys.modules[f"{EXTENSION}.extension"].get_host()

    @property
    def snapshot(self) -> Any:
        """The trainer's, or None."""
        return self.host.trainer.snapshot() if f"{EXTENSION}.extension" in sys.modules and self.host else None

    def errors(self) -> list[str]:
        """What Kit has logged as warning or error since the last call, less what is none of the extension's."""
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            lines = file.read().splitlines()
            self._read = file.tell()
        return [line for line in lines if ("[Error]" in line or "[Warning]" in line) and not _is_kits_own(line)]

    def close(self) -> None:
        """Ends Kit."""
        self._app.shutdown()


def _find_modules_quickly() -> None:
    """Kit asks of each of thousands of modules whether it is in the folder of an extension that is disabled.

    With pathlib that takes most of the time of a disabling; with text it says the same.
    """
    from omni.ext._impl import _internal

    def is_subpath(path: str, parent: str) -> bool:
        return path.startswith(f"{os.path.normpath(parent)}{os.sep}")

    assert hasattr(_internal, "_is_subpath")
    _internal._is_subpath = is_subpath


def _is_kits_own(line: str) -> bool:
    """Whether a line is about the kernel without its usual company, such as a crash reporter."""
    return any(
        text in line for text in ("crash reporter", "unloadAllPlugins", "[Warning] [isaaclab", "[Warning] [py.warnings")
    )
