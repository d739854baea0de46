# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Copies pictures from the graphics card without making the processor wait while they are drawn.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import ctypes
from types import ModuleType

import numpy as np

_NANOSECOND = 1e-9
_LONGEST_WAIT = 10.0
"""A graphics card that takes longer for a picture has failed [s]."""


class Readback:
    """Copies one picture at a time: on the graphics card into a buffer, and from there to memory when it is complete.

    The caller makes the OpenGL context current before each call.

    Args:
        gl: pyglet's OpenGL functions.
    """

    def __init__(self, gl: ModuleType) -> None:
        self._gl = gl
        self._buffer = gl.GLuint()
        gl.glGenBuffers(1, self._buffer)
        self._timestamps = (gl.GLuint * 2)()
        gl.glGenQueries(2, self._timestamps)
        self._fence: object | None = None
        self._size = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the newest picture [pixels]."""
        return self._size

    @property
    def pending(self) -> bool:
        """Whether a picture has been started and not yet taken."""
        return self._fence is not None

    def begin(self) -> None:
        """Starts the measurement of the card's time. Called before the first drawing command."""
        self._gl.glQueryCounter(self._timestamps[0], self._gl.GL_TIMESTAMP)

    def start(self, frame_buffer: object, width: int, height: int) -> None:
        """Starts the copy of a frame buffer. It replaces a pending picture.

        Args:
            frame_buffer: Its OpenGL name.
            width: Its width [pixels].
            height: Its height [pixels].
        """
        gl = self._gl
        self.drop()
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, frame_buffer)
        gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, self._buffer)
        if self._size != (width, height):
            self._size = (width, height)
            gl.glBufferData(gl.GL_PIXEL_PACK_BUFFER, 4 * width * height, None, gl.GL_STREAM_READ)
        gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
        gl.glReadPixels(0, 0, width, height, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, ctypes.c_void_p(0))
        gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, 0)
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)
        gl.glQueryCounter(self._timestamps[1], gl.GL_TIMESTAMP)
        self._fence = gl.glFenceSync(gl.GL_SYNC_GPU_COMMANDS_COMPLETE, 0)
        gl.glFlush()

    def arrived(self, wait: bool) -> bool:
        """Returns whether the pending picture is complete.

        Args:
            wait: Whether to wait until it is.

        Raises:
            RuntimeError: When the graphics card does not finish it.
        """
        gl = self._gl
        timeout = int(_LONGEST_WAIT / _NANOSECOND) if wait else 0
        answer = gl.glClientWaitSync(self._fence, gl.GL_SYNC_FLUSH_COMMANDS_BIT, timeout)
        if answer in (gl.GL_ALREADY_SIGNALED, gl.GL_CONDITION_SATISFIED):
            return True
        if answer == gl.GL_TIMEOUT_EXPIRED and not wait:
            return False
        self.drop()
        raise RuntimeError("the graphics card does not finish its picture")

    def take(self, picture: np.ndarray) -> float:
        """Copies the complete picture.

        Args:
            picture: The destination, uint8, shape (height, width, 4), RGBA; the top row comes first.

        Returns:
            How long the card took [s], including its other work in the meantime.
        """
        gl = self._gl
        self.drop()
        width, height = self._size
        size = 4 * width * height
        gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, self._buffer)
        try:
            address = gl.glMapBufferRange(gl.GL_PIXEL_PACK_BUFFER, 0, size, gl.GL_MAP_READ_BIT)
            pixels = ctypes.cast(address, ctypes.POINTER(ctypes.c_uint8 * size)).contents
            # OpenGL's first row is the lowest one
            np.copyto(picture, np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[::-1])
            gl.glUnmapBuffer(gl.GL_PIXEL_PACK_BUFFER)
        finally:
            gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, 0)
        began, ended = (self._timestamp(query) for query in self._timestamps)
        return (ended - began) * _NANOSECOND

    def drop(self) -> None:
        """Discards the pending picture."""
        fence, self._fence = self._fence, None
        if fence is not None:
            self._gl.glDeleteSync(fence)

    def _timestamp(self, query: int) -> int:
        nanoseconds = self._gl.GLuint64()
        self._gl.glGetQueryObjectui64v(query, self._gl.GL_QUERY_RESULT, nanoseconds)
        return nanoseconds.value
