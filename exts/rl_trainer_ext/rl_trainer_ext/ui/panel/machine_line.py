# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""One line about the machine: load and memory of GPU and CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import omni.ui as ui

from ... import wording
from ...system.machine import GpuLoad, Load, gpu_index
from ..widgets import style

_GPU = (
    "Load of the GPU [% of the time in which it worked], and its memory that all programs use, of all that it has "
    "[powers of 1000 bytes]."
)
_CPU = "Load of all processor cores [%], and the memory of this program, of all that there is [powers of 1000 bytes]."


class MachineReader(Protocol):
    """Reads the load of the machine, about once a second."""

    def load(self, gpu: int | None) -> Load:
        """Returns the load, with that of one GPU; the same object until the next reading."""
        ...


class MachineLine:
    """A line in the current layout.

    Args:
        machine: Reads the load.
    """

    def __init__(self, machine: MachineReader) -> None:
        self._machine = machine
        self._shown: Load | None = None
        with ui.HStack(height=16, spacing=style.SPACING):
            self._gpu = ui.Label("", name="caption", width=0, tooltip=_GPU, identifier="machine_gpu", visible=False)
            self._cpu = ui.Label("", name="caption", tooltip=_CPU, identifier="machine_cpu", elided_text=True)

    def update(self, device: str, devices: Sequence[str]) -> None:
        """Once a frame: shows the load, if there is a new reading.

        Args:
            device: The chosen device; another than a GPU shows the first GPU, which may draw.
            devices: The devices of the machine.
        """
        index = gpu_index(device if device in devices else None)
        if index is None and any(gpu_index(each) is not None for each in devices):
            index = 0
        load = self._machine.load(index)
        if load is self._shown:
            return
        self._shown = load
        self._gpu.visible = load.gpu is not None
        if load.gpu is not None:
            self._gpu.text = _gpu_words(load.gpu) + "  "
        self._cpu.text = f"CPU {load.cpu:.0f} %  {wording.share_of_size(load.own, load.total)}"


def _gpu_words(gpu: GpuLoad) -> str:
    busy = "" if gpu.busy is None else f"{gpu.busy:.0f} %  "
    return f"GPU {busy}{wording.share_of_size(gpu.used, gpu.total)}"
