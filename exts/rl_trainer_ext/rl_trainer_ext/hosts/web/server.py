# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The web server: one page, its script, pictures and input over one WebSocket for each viewer, and downloads.

It runs in a thread of its own, which touches neither omni.ui nor PyTorch nor the environment: see :mod:`.bridge`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import io
import json
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from ...errors import UserError
from .bridge import Bridge, Picture
from .messages import LARGEST, Acknowledge, BadMessageError, Hello, ReleaseAll, TakeOver, is_release, parse

MOST_VIEWERS = 4
MOST_MESSAGES = 500
"""Inputs of a viewer in a second; the rest is dropped, except for releases."""
MOST_BAD_MESSAGES = 20
"""Messages that the page never sends, after which the viewer is sent away."""
HELLO_WITHIN = 5.0
"""Seconds in which a viewer has to show the token."""
SHOWN_WITHIN = 30.0
"""Seconds in which a viewer has to read and show a picture."""
QUALITY, STILL_QUALITY = 75, 95
"""JPEG quality while things move, and of a picture that stays."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FILES = {"/": ("page.html", "text/html"), "/page.js": ("page.js", "text/javascript")}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_BAD_TOKEN, _FULL, _BAD, _SLOW = 4401, 4429, 4400, 4408
"""Codes with which a WebSocket is closed; the page says why."""


class Viewer:
    """One browser window that has shown the token."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.ready = True
        """Whether it has shown the last picture that it was sent."""
        self.sent = 0
        self.told: dict[str, Any] = {}
        self.news = asyncio.Event()
        """Set when there may be something to send."""
        self._second, self._count = 0, 0

    def may_speak(self) -> bool:
        """Counts a message; returns False for one too many."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= MOST_MESSAGES


class WebServer:
    """Serves one panel.

    Args:
        bridge: What it shares with the frame loop.
        host: Address to listen on.
        port: Port; 0 takes a free one.

    Raises:
        UserError: When it cannot listen there.
    """

    def __init__(self, bridge: Bridge, host: str, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._bridge, self._host = bridge, host
        self.only_here = host in _LOOPBACK
        """Whether only this machine may connect."""
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._viewers: list[Viewer] = []
        self._control: Viewer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._encoded: tuple[int, bytes] = 0, b""
        routes = [
            *(Route(path, _serve_file) for path in _FILES),
            Route("/download/{identifier}", self._download),
            WebSocketRoute("/panel", self._panel),
        ]
        config = uvicorn.Config(
            _Guarded(Starlette(routes=routes), self.only_here),
            log_level="critical",
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=LARGEST,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web-server", daemon=True)
        self._thread.start()

    @property
    def link(self) -> str:
        """The link to open; the token is behind the #, which browsers send to no server."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        shown = socket.gethostname() if host in ("0.0.0.0", "[::]") else host
        return f"http://{shown}:{self.port}/#{self.token}"

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._bridge.notify = self._wake
        await self._server.serve(sockets=[self._socket])

    def _wake(self) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the thread has ended: the training continues without viewers
            self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        for viewer in self._viewers:
            viewer.news.set()

    def close(self) -> None:
        """Sends the viewers away and ends the thread."""
        self._bridge.notify = lambda: None
        self._server.should_exit = True
        self._thread.join(5.0)
        self._socket.close()

    async def _download(self, request: Request) -> Response:
        path = self._bridge.download(request.path_params["identifier"])
        if path is None or not path.is_file():
            return PlainTextResponse("There is no such file any more.", 404, _HEADERS)
        return FileResponse(path, filename=path.name, headers=_HEADERS)

    async def _panel(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            if not await self._is_known(socket):
                await socket.close(_BAD_TOKEN)
            elif len(self._viewers) >= MOST_VIEWERS:
                await socket.close(_FULL)
            else:
                await self._watch(Viewer(socket))
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # it is gone, perhaps in the middle of a message

    async def _is_known(self, socket: WebSocket) -> bool:
        try:
            message = parse(await asyncio.wait_for(_receive(socket), HELLO_WITHIN))
        except (BadMessageError, TimeoutError):
            return False
        return isinstance(message, Hello) and hmac.compare_digest(message.token.encode(), self.token.encode())

    async def _watch(self, viewer: Viewer) -> None:
        self._viewers.append(viewer)
        if self._control is None:
            self._control = viewer
        self._count()
        self._tell_all()
        tasks = asyncio.create_task(self._listen(viewer)), asyncio.create_task(self._send_pictures(viewer))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = next(iter(done)).result()
            await _within(viewer.socket.close(code), 1.0)
        finally:
            for task in tasks:
                task.cancel()
            self._viewers.remove(viewer)
            if self._control is viewer:
                self._bridge.put(ReleaseAll())
                self._control = self._viewers[0] if self._viewers else None
            self._count()
            self._tell_all()

    def _count(self) -> None:
        self._bridge.viewers = len(self._viewers)
        self._bridge.wanted = any(viewer.ready for viewer in self._viewers)

    async def _listen(self, viewer: Viewer) -> int:
        """Takes what a viewer sends; returns the code with which to send it away."""
        bad = 0
        while True:
            text = await _receive(viewer.socket)
            in_time = viewer.may_speak()
            try:
                message = parse(text)
            except BadMessageError:
                bad += 1
                if bad > MOST_BAD_MESSAGES:
                    return _BAD
                continue
            match message:
                case Acknowledge():
                    viewer.ready = True
                    self._count()
                    viewer.news.set()
                case TakeOver():
                    self._bridge.put(ReleaseAll())
                    self._control = viewer
                    self._tell_all()
                case Hello():
                    pass
                case _ if viewer is self._control and (in_time or is_release(message)):
                    self._bridge.put(message)

    async def _send_pictures(self, viewer: Viewer) -> int:
        """Sends what is new, a picture only once the last one was shown.

        A viewer that does not read delays no other one, and is disconnected after :data:`SHOWN_WITHIN`.
        """
        try:
            return await self._send_news(viewer)
        except TimeoutError:
            return _SLOW

    async def _send_news(self, viewer: Viewer) -> int:
        shown = time.monotonic()
        while True:
            if viewer.ready:
                shown = time.monotonic()
            elif time.monotonic() - shown > SHOWN_WITHIN:
                return _SLOW
            news = {
                "is": "state",
                "control": self._control is viewer,
                "viewers": len(self._viewers),
                "clipboard": self._bridge.clipboard if self._control is viewer else "",
                "downloads": [{"id": identifier, "name": name} for identifier, name in self._bridge.offers],
            }
            if news != viewer.told:
                viewer.told = news
                await asyncio.wait_for(viewer.socket.send_text(json.dumps(news)), SHOWN_WITHIN)
            picture = self._bridge.picture
            if viewer.ready and picture is not None and picture.number > viewer.sent:
                viewer.ready, viewer.sent = False, picture.number
                self._count()
                jpeg = await self._encode(picture)
                await asyncio.wait_for(viewer.socket.send_bytes(jpeg), SHOWN_WITHIN)
            viewer.news.clear()
            if not (viewer.ready and self._bridge.picture is not None and self._bridge.picture.number > viewer.sent):
                await _within(viewer.news.wait(), 1.0)

    async def _encode(self, picture: Picture) -> bytes:
        if self._encoded[0] != picture.number:
            self._encoded = picture.number, await asyncio.to_thread(encode, picture)
        return self._encoded[1]


def encode(picture: Picture) -> bytes:
    """Returns a picture as JPEG: small while things move, sharp when it stays."""
    jpeg = io.BytesIO()
    quality: dict[str, int] = {"quality": QUALITY}
    if picture.still:
        quality = {"quality": STILL_QUALITY, "subsampling": 0}
    with Image.open(io.BytesIO(picture.bitmap)) as image:
        image.convert("RGB").save(jpeg, "JPEG", **quality)
    return jpeg.getvalue()


class _Guarded:
    """Refuses pages of other origins, and names of other machines where only this one may connect.

    A page from elsewhere can send a browser here, also by a name that it has resolved to the loopback.
    """

    def __init__(self, app: ASGIApp, only_here: bool) -> None:
        self._app, self._only_here = app, only_here

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
        if scope["type"] in ("http", "websocket") and not self._is_ours(headers, scope["type"] == "websocket"):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await PlainTextResponse("Open the link that rl-trainer printed.", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, headers: dict[str, str], socket: bool) -> bool:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname
        if self._only_here and name not in _LOOPBACK:
            return False
        origin = headers.get("origin")
        return (not socket and origin is None) or urlsplit(origin or "").netloc == host


async def _serve_file(request: Request) -> Response:
    name, kind = _FILES[request.url.path]
    return Response(Path(__file__).with_name(name).read_bytes(), media_type=kind, headers=_HEADERS)


async def _receive(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text")
    return "" if text is None else str(text)  # bytes are no message of ours


async def _within(awaited: Any, seconds: float) -> None:
    """Waits for something, but not longer than a number of seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(awaited, seconds)


def _listening(host: str, port: int) -> socket.socket:
    """Returns a socket that listens.

    Raises:
        UserError: When the address is no address of this machine, or the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(
            f"--web cannot listen on {host}, port {port} ({reason}): choose another port, or stop what uses it."
        ) from error
    return listening
