# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The web server: who gets in, what garbage and slow viewers do, who has mouse and keyboard."""

from __future__ import annotations

import http.client
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.standalone.web_panel import WebDesktop
from rl_trainer_ext.hosts.web import server as web_server
from rl_trainer_ext.hosts.web.bridge import MOST_INPUTS, Bridge
from rl_trainer_ext.hosts.web.messages import (
    Input,
    Key,
    MouseButton,
    MouseMoved,
    MouseWheel,
    ReleaseAll,
    Resize,
    Text,
)
from rl_trainer_ext.hosts.web.server import MOST_BAD_MESSAGES, MOST_MESSAGES, MOST_VIEWERS, WebServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

LIMIT = 60.0


def bitmap(color: tuple[int, int, int]) -> bytes:
    """A picture of one colour, as omni.ui writes it."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "BMP")
    return file.getvalue()


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


@pytest.fixture
def server(bridge: Bridge) -> Iterator[WebServer]:
    server = WebServer(bridge, "127.0.0.1", 0)
    yield server
    server.close()


@contextmanager
def socket(server: WebServer) -> Iterator[ClientConnection]:
    """A connection that has sent nothing."""
    here = f"127.0.0.1:{server.port}"
    origin = Origin(f"http://{here}")
    with connect(f"ws://{here}/panel", origin=origin, open_timeout=LIMIT) as connected:
        yield connected


@contextmanager
def viewer(server: WebServer) -> Iterator[ClientConnection]:
    """A connection that has shown the token."""
    with socket(server) as connected:
        say(connected, "hello", token=server.token)
        yield connected


def say(connected: ClientConnection, kind: str, **values: Any) -> None:
    connected.send(json.dumps({"is": kind, **values}))


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not reached():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.01)


def state(connected: ClientConnection, reached: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
    """The next state that satisfies a condition; pictures before it are acknowledged."""
    while True:
        message = connected.recv(LIMIT)
        if isinstance(message, bytes):
            say(connected, "ack")
        elif reached(told := json.loads(message)):
            return told


def picture(connected: ClientConnection) -> bytes:
    """The next picture, acknowledged."""
    while isinstance(message := connected.recv(LIMIT), str):
        pass
    say(connected, "ack")
    return message


def color(jpeg: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(jpeg)) as image:
        pixel = image.getpixel((32, 24))
    assert isinstance(pixel, tuple)
    return tuple(round(value / 64) for value in pixel)


def inputs(bridge: Bridge) -> list[Input]:
    found = []
    while (event := bridge.get()) is not None:
        found.append(event)
    return found


def closed_with(connected: ClientConnection) -> int:
    """The code with which the server ends the connection."""
    with suppress(ConnectionClosed):
        while True:
            connected.recv(LIMIT)
    assert connected.close_code is not None
    return connected.close_code


def test_pictures_go_out_and_input_comes_in(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as one:
        assert state(one)["control"] is True
        until(lambda: bridge.viewers == 1 and bridge.wanted)
        bridge.show(bitmap((255, 0, 0)))
        assert color(picture(one)) == (4, 0, 0)
        say(one, "move", x=3, y=4.5)
        say(one, "button", button=0, down=True)
        say(one, "key", key=257, down=False)
        say(one, "text", text="ä\0")
        say(one, "size", width=1e9, height=1)
        expected = [MouseMoved(3.0, 4.5), MouseButton(0, True), Key(257, False), Text("ä"), Resize(3840, 240)]
        found: list[Input] = []
        until(lambda: len(found.extend(inputs(bridge)) or found) == len(expected))
        assert found == expected
    until(lambda: bridge.viewers == 0)
    assert inputs(bridge) == [ReleaseAll()]


def test_only_the_newest_picture_is_sent_and_a_still_one_is_sharp(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as one:
        bridge.show(bitmap((255, 0, 0)))
        while isinstance(one.recv(LIMIT), str):
            pass
        until(lambda: not bridge.wanted)  # nothing more is drawn for it until it has shown this one
        for green in range(100):
            bridge.show(bitmap((0, green, 0)))
        bridge.show(bitmap((0, 0, 255)), still=True)
        say(one, "ack")
        jpeg = picture(one)
        assert color(jpeg) == (0, 0, 4)
        with Image.open(io.BytesIO(jpeg)) as image:
            assert max(image.quantization[0]) <= 20  # type: ignore[attr-defined]


def test_without_the_token_there_is_nothing(bridge: Bridge, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge.show(bitmap((255, 0, 0)))
    for words in ('{"is": "hello", "token": "wrong"}', '{"is": "hello"}', "x", '{"is": "move", "x": 1, "y": 1}'):
        with socket(server) as one:
            one.send(words)
            assert closed_with(one) == 4401
    monkeypatch.setattr(web_server, "HELLO_WITHIN", 0.1)
    with socket(server) as one:
        assert closed_with(one) == 4401
    assert inputs(bridge) == []
    assert bridge.viewers == 0


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:1", None, "null"])
def test_pages_of_other_origins_are_refused(server: WebServer, origin: Any) -> None:
    with pytest.raises(InvalidStatus) as error:
        connect(f"ws://127.0.0.1:{server.port}/panel", origin=origin, open_timeout=LIMIT)
    assert error.value.response.status_code == 403


def get(server: WebServer, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read()


def test_the_page_is_served_to_names_of_this_machine_only(server: WebServer) -> None:
    assert get(server, "/")[0] == 200
    assert b"WebSocket" in get(server, "/page.js")[1]
    assert get(server, "/", Host="localhost:9000")[0] == 200  # at the other end of a tunnel
    assert get(server, "/", Host="rebound.example")[0] == 403
    assert get(server, "/", Origin="http://elsewhere.example")[0] == 403
    for path in ("/../panel.py", "/server.py", "/download/x", "/download/../../etc/passwd"):
        assert get(server, path)[0] == 404
    assert server.token.encode() not in get(server, "/")[1] + get(server, "/page.js")[1]


def test_a_thousand_malformed_messages_end_only_their_own_connection(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as good:
        state(good)
        with viewer(server) as bad:
            state(bad)
            with suppress(ConnectionClosed):
                for number in range(1000):
                    bad.send((b"\xff\x00" * 9, "{", "[" * 5000, '{"is": 3}', '{"is": "move", "x": "1"}')[number % 5])
            assert closed_with(bad) == 4400
        bridge.show(bitmap((0, 255, 0)))
        assert color(picture(good)) == (0, 4, 0)
    assert [event for event in inputs(bridge) if not isinstance(event, ReleaseAll)] == []
    assert MOST_BAD_MESSAGES < 1000


def test_a_message_that_is_too_large_ends_its_connection(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as one:
        state(one)
        say(one, "paste", text="x" * 70_000)
        assert closed_with(one) == 1009


def test_a_flood_is_cut_and_the_queue_is_bounded(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as one:
        state(one)
        begun = time.monotonic()
        for number in range(3000):
            say(one, "wheel", x=number, y=0)
        say(one, "take")
        until(lambda: inputs_done(bridge))
        passed = server_side_count(bridge)
        seconds = time.monotonic() - begun
        assert 0 < passed <= min(MOST_INPUTS, MOST_MESSAGES * (seconds + 2))


def test_nothing_stays_pressed_when_too_much_comes_at_once(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as one:
        state(one)
        say(one, "key", key=65, down=True)
        for number in range(2 * MOST_MESSAGES):
            say(one, "wheel", x=number, y=0)
        say(one, "key", key=65, down=False)
        found: list[Input] = []
        until(lambda: Key(65, False) in (found.extend(inputs(bridge)) or found))


def test_a_full_queue_ends_with_a_release_of_everything(bridge: Bridge) -> None:
    bridge.put(MouseButton(0, True))
    for number in range(MOST_INPUTS + 10):
        bridge.put(MouseWheel(float(number), 0.0))
    bridge.put(MouseButton(0, False))
    found = inputs(bridge)
    assert len(found) == MOST_INPUTS + 1
    assert found[-1] == ReleaseAll()


def test_of_movements_in_a_row_the_last_is_kept(bridge: Bridge) -> None:
    for number in range(2 * MOST_INPUTS):
        bridge.put(MouseMoved(float(number), 0.0))
    bridge.put(MouseButton(0, True))
    assert inputs(bridge) == [MouseMoved(2.0 * MOST_INPUTS - 1.0, 0.0), MouseButton(0, True)]


def test_a_thread_that_has_ended_does_not_reach_the_training(bridge: Bridge) -> None:
    server = WebServer(bridge, "127.0.0.1", 0)
    with viewer(server) as one:
        state(one)
        wake = bridge.notify
        server.close()
        wake()


def inputs_done(bridge: Bridge) -> bool:
    """Whether no more inputs arrive."""
    before = bridge.waiting
    time.sleep(0.2)
    return before > 0 and bridge.waiting == before


def server_side_count(bridge: Bridge) -> int:
    return len([event for event in inputs(bridge) if isinstance(event, MouseWheel)])


def test_a_viewer_that_shows_nothing_holds_up_nobody(
    bridge: Bridge, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "SHOWN_WITHIN", 0.5)
    with viewer(server) as slow:
        state(slow)
        with viewer(server) as quick:
            for level in (0, 1, 2, 3, 4):
                bridge.show(bitmap((64 * level - (level == 4), 0, 0)))
                assert color(picture(quick)) == (level, 0, 0)
            assert closed_with(slow) == 4408
            # mouse and keyboard go to the one that is left
            assert state(quick, lambda told: told["viewers"] == 1)["control"] is True


def test_a_second_viewer_watches_until_it_takes_over(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as first, viewer(server) as second:
        assert state(first, lambda told: told["viewers"] == 2)["control"] is True
        assert state(second)["control"] is False
        bridge.show(bitmap((255, 0, 0)))
        assert color(picture(first)) == color(picture(second)) == (4, 0, 0)
        say(second, "text", text="no")
        say(first, "text", text="yes")
        found: list[Input] = []
        until(lambda: bool(found.extend(inputs(bridge)) or found))
        say(second, "take")
        assert state(second, lambda told: told["control"])["viewers"] == 2
        assert state(first, lambda told: not told["control"])["viewers"] == 2
        say(second, "text", text="mine")
        until(lambda: Text("mine") in (found.extend(inputs(bridge)) or found))
        assert found == [Text("yes"), ReleaseAll(), Text("mine")]


def test_there_are_only_so_many_viewers(server: WebServer) -> None:
    with ExitStack() as opened:
        for _ in range(MOST_VIEWERS):
            state(opened.enter_context(viewer(server)))
        with viewer(server) as one_more:
            assert closed_with(one_more) == 4429


def test_files_of_runs_are_downloaded_and_no_others(bridge: Bridge, server: WebServer, tmp_path: Path) -> None:
    log_root, elsewhere = tmp_path / "logs", tmp_path / "secret.txt"
    log_root.mkdir()
    elsewhere.write_text("secret")
    (log_root / "curve.csv").write_text("step,value")
    (log_root / "link.csv").symlink_to(elsewhere)
    desktop = WebDesktop(bridge, log_root)
    with viewer(server) as one:
        until(lambda: bridge.viewers == 1)
        desktop.reveal(log_root / "curve.csv")
        for path in (elsewhere, log_root / "link.csv", log_root):
            with pytest.raises(UserError):
                desktop.reveal(path)
        (offer,) = state(one, lambda told: bool(told["downloads"]))["downloads"]
        assert offer["name"] == "curve.csv"
        assert get(server, f"/download/{offer['id']}") == (200, b"step,value")
        (log_root / "curve.csv").unlink()
        assert get(server, f"/download/{offer['id']}")[0] == 404


def test_the_clipboard_of_the_panel_reaches_the_one_that_uses_it(bridge: Bridge, server: WebServer) -> None:
    with viewer(server) as first, viewer(server) as second:
        state(first)
        bridge.clipboard = "rl-trainer train"
        bridge.notify()
        assert state(first, lambda told: bool(told["clipboard"]))["clipboard"] == "rl-trainer train"
        assert state(second)["clipboard"] == ""


def test_the_link_has_the_token_where_no_server_sees_it(server: WebServer) -> None:
    assert server.link == f"http://127.0.0.1:{server.port}/#{server.token}"
    assert len(server.token) >= 32


def test_a_port_in_use_and_an_address_of_elsewhere_are_one_sentence(server: WebServer) -> None:
    for host, port in (("127.0.0.1", server.port), ("192.0.2.1", 0), ("no.such.host.invalid", 0)):
        with pytest.raises(UserError) as error:
            WebServer(Bridge(), host, port)
        assert str(error.value).startswith(f"--web cannot listen on {host}, port {port} (")
