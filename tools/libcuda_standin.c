/* SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A libcuda.so.1 for machines without an NVIDIA driver. The stand-alone omni.ui (package ovui 0.3) is linked against the
 * driver library and does not load without one, though it needs none of it to draw.
 *
 * It defines the functions that ovui imports, and each answers CUDA_ERROR_NO_DEVICE: the truth. Libraries that look for
 * the driver by themselves (torch, warp) find functions missing and report, as before, that there is no CUDA.
 *
 * rl_trainer.sh compiles it into .venv/lib/no-cuda; hosts/omni_ui.py loads it where there is no real driver. */

enum { CUDA_ERROR_NO_DEVICE = 100 };

#define ANSWERS_NO_DEVICE(function) \
    int function(void) { return CUDA_ERROR_NO_DEVICE; }

ANSWERS_NO_DEVICE(cuInit)
ANSWERS_NO_DEVICE(cuDeviceGet)
ANSWERS_NO_DEVICE(cuCtxCreate_v2)
ANSWERS_NO_DEVICE(cuCtxDestroy_v2)
ANSWERS_NO_DEVICE(cuMemcpyDtoH_v2)
ANSWERS_NO_DEVICE(cuImportExternalMemory)
ANSWERS_NO_DEVICE(cuExternalMemoryGetMappedBuffer)
ANSWERS_NO_DEVICE(cuDestroyExternalMemory)
