# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Where assets come from, with a network, without one, and with one that swallows everything."""

from __future__ import annotations

import http.server
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import assets


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    assets._SERVERS.clear()


@pytest.fixture
def server() -> Iterator[str]:
    """A server that has the Cartpole and nothing else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200 if self.path.endswith("/Cartpole/cartpole.usd") else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/Assets/Isaac/6.2"
        running.shutdown()


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/Assets"


@pytest.fixture
def no_http() -> Iterator[str]:
    """A server that answers each request with something that is no HTTP."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/Assets"
        running.shutdown()


def test_the_offline_root_is_built_once_and_whole(tmp_path: Path) -> None:
    root = assets.build_offline_root(tmp_path / "new" / "folder")
    files = sorted(path.name for path in root.rglob("*.usd*"))
    assert files == ["ant_instanceable.usd", "cartpole.usd", "default_ground_plane.usda"]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert assets.build_offline_root(tmp_path / "new" / "folder") == root
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert [path.name for path in root.parent.iterdir()] == [root.name], "something unfinished was left behind"


def test_the_offline_root_is_valid_usd(tmp_path: Path) -> None:
    from pxr import Usd

    for path in assets.build_offline_root(tmp_path).rglob("*.usd*"):
        assert Usd.Stage.Open(str(path)).GetDefaultPrim().IsValid(), path.name


def test_processes_that_build_it_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    build = (
        "import sys, pathlib; from rl_trainer_ext.isaac_lab.assets import build_offline_root; "
        "build_offline_root(pathlib.Path(sys.argv[1]))"
    )
    builders = [subprocess.Popen([sys.executable, "-c", build, str(tmp_path)]) for _ in range(4)]
    assert [builder.wait(60) for builder in builders] == [0, 0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="XDG_CACHE_HOME"):
        assets.build_offline_root(tmp_path / "file" / "below")


def test_deciding_imports_nothing_large() -> None:
    code = (
        "import sys, json; from rl_trainer_ext.isaac_lab import assets; assets._server_root = lambda: 'http://127.0.0.1:9/x';"
        "root = assets.choose_asset_root(); root.apply(); import os;"
        "large = [name for name in ('isaaclab', 'torch', 'newton', 'warp', 'pxr', 'numpy') if name in sys.modules];"
        "print(json.dumps([large, root.kind, os.environ['ISAACSIM_ASSET_ROOT'] == root.url_or_path]))"
    )
    environ = {key: value for key, value in os.environ.items() if key != assets.ENVIRONMENT_VARIABLE}
    output = subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, text=True)
    assert json.loads(output.stdout) == [[], "offline", True]


def test_the_users_own_root_wins(tmp_path: Path, server: str) -> None:
    (tmp_path / "Isaac").mkdir()
    for root, answers in ((str(tmp_path), True), (str(tmp_path / "nowhere"), False), (server, True)):
        environ = {assets.ENVIRONMENT_VARIABLE: root}
        chosen = assets.choose_asset_root(environ)
        assert chosen == assets.AssetRoot(root, "environment", answers)
        chosen.apply(environ)
        assert environ == {assets.ENVIRONMENT_VARIABLE: root}


def test_isaac_labs_server_is_left_in_place_where_it_answers(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_server_root", lambda: server)
    environ: dict[str, str] = {}
    chosen = assets.choose_asset_root(environ)
    chosen.apply(environ)
    assert chosen == assets.AssetRoot(server, "server", True)
    assert environ == {}


def test_a_server_that_does_not_answer_leads_offline(black_hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_server_root", lambda: black_hole)
    environ: dict[str, str] = {}
    chosen = assets.choose_asset_root(environ)
    chosen.apply(environ)
    assert chosen.kind == "offline"
    assert Path(environ[assets.ENVIRONMENT_VARIABLE], "Isaac").is_dir()


def test_a_server_that_speaks_no_http_leads_offline(no_http: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    monkeypatch.setattr(assets, "_server_root", lambda: no_http)
    assert assets.choose_asset_root({}).kind == "offline"
    assert not failed


def test_a_name_look_up_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def look_up(*args: object, **kwargs: object) -> None:
        released.wait()
        raise socket.gaierror("no such host")

    monkeypatch.setattr(assets, "_server_root", lambda: "http://assets.invalid/Assets")
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        assert assets.choose_asset_root({}).kind == "offline"
    finally:
        released.set()
        for thread in threading.enumerate():
            if thread.name == "asset server check":
                thread.join()


def test_missing_assets_asks_each_server_once(server: str, black_hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = [f"{black_hole}/{name}.usd" for name in "abcd"]
    env_cfg = SimpleNamespace(
        robot=SimpleNamespace(spawn=SimpleNamespace(usd_path=f"{server}/there.usd")),
        objects=[SimpleNamespace(usd_path=path) for path in dead],
        sky=SimpleNamespace(texture_file=f"{black_hole}/sky.usd"),
        marker=SimpleNamespace(markers={"arrow": SimpleNamespace(usd_path=f"{black_hole}/arrow.usd")}),
    )
    asked: list[tuple[str, float]] = []
    ask = assets.http_status

    def noting(url: str, seconds: float) -> int | None:
        asked.append((url, seconds))
        return ask(url, seconds)

    monkeypatch.setattr(assets, "http_status", noting)
    for _ in range(2):
        assert assets.missing_assets(env_cfg) == dead
    assert [url for url, _ in asked] == [f"{server}/there.usd", dead[0]]
    assert all(seconds <= assets.SERVER_SECONDS for _, seconds in asked)


@pytest.mark.subprocess
def test_missing_assets_of_real_tasks(tmp_path: Path) -> None:
    """What is reported missing is what keeps the environment from being created, and the other way round."""
    script = """
import json, sys
from rl_trainer_ext.isaac_lab.assets import _server_root, missing_assets
from isaaclab.utils.assets import _US_ASSET_ROOT
from isaaclab_tasks.utils import resolve_task_config
assert _server_root() == _US_ASSET_ROOT != "", "the server's address is not Isaac Lab's own"
result = {}
for task in ("Isaac-Cartpole-Direct", "Isaac-Ant", "Isaac-Humanoid-Direct", "Isaac-Velocity-Flat-G1"):
    env_cfg, _ = resolve_task_config(task, "rsl_rl_cfg_entry_point", overrides=["physics=newton_mjwarp"])
    result[task] = [path.rsplit("/", 1)[-1] for path in missing_assets(env_cfg)]
print(json.dumps(result))
"""
    environ = {**os.environ, assets.ENVIRONMENT_VARIABLE: str(assets.build_offline_root(tmp_path))}
    run = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {
        "Isaac-Cartpole-Direct": [],
        "Isaac-Ant": [],
        "Isaac-Humanoid-Direct": ["humanoid_instanceable.usd"],
        "Isaac-Velocity-Flat-G1": ["g1_minimal.usd"],
    }
