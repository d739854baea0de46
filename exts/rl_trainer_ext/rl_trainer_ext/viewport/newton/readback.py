# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Pictures on their way from the graphics card: the processor need not wait while they are drawn.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import ctypes
from types import ModuleType

import numpy as np

_NANOSECOND = 1e-9
_LONGEST_WAIT = 10.0
"""A card that takes longer for a picture has been lost [s]."""


class Readback:
    """One picture at a time, copied by the graphics card into a buffer of its own, and from there when it is there.

    Its OpenGL context is current in each call.

    Args:
        gl: pyglet's functions of OpenGL.
    """

    def __init__(self, gl: ModuleType) -> None:
        self._gl = gl
        self._buffer = gl.GLuint()
        gl.glGenBuffers(1, self._buffer)
        self._moments = (gl.GLuint * 2)()
        gl.glGenQueries(2, self._moments)
        self._fence: object | None = None
        self._size = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the newest picture [pixels]."""
        return self._size

    @property
    def pending(self) -> bool:
        """Whether a picture is on its way."""
        return self._fence is not None

    def drawing_begins(self) -> None:
        """To be called before the first command that draws, for the time that the card takes."""
        self._gl.glQueryCounter(self._moments[0], self._gl.GL_TIMESTAMP)

    def start(self, frame_buffer: object, width: int, height: int) -> None:
        """Sends what is drawn in a frame buffer on its way; it takes the place of a picture that still is.

        Args:
            frame_buffer: OpenGL's name of it.
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
        gl.glQueryCounter(self._moments[1], gl.GL_TIMESTAMP)
        self._fence = gl.glFenceSync(gl.GL_SYNC_GPU_COMMANDS_COMPLETE, 0)
        gl.glFlush()

    def arrived(self, wait: bool) -> bool:
        """Whether the picture that is on its way has arrived.

        Args:
            wait: Whether to wait until it has.

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
        """Copies the picture that has arrived.

        Args:
            picture: uint8, shape (height, width, 4), RGBA; its first row is the picture's top.

        Returns:
            How long the card was at it [s]; what else the card did in between is in it.
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
        began, ended = (self._moment(query) for query in self._moments)
        return (ended - began) * _NANOSECOND

    def drop(self) -> None:
        """Forgets the picture that is on its way."""
        fence, self._fence = self._fence, None
        if fence is not None:
            self._gl.glDeleteSync(fence)

    def _moment(self, query: int) -> int:
        nanoseconds = self._gl.GLuint64()
        self._gl.glGetQueryObjectui64v(query, self._gl.GL_QUERY_RESULT, nanoseconds)
        return nanoseconds.value
