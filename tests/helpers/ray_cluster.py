# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A real Ray cluster on this machine: a head without resources, and one worker node."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

LIMIT = 300.0
TOKEN = "a-token-that-no-file-may-hold"


@dataclass
class RayCluster:
    """A running cluster.

    Args:
        address: Of its dashboard.
        head: The process of the head.
        worker: That of the worker node, which has two cores and no GPU.
        unshared: A folder in whose place the worker node sees another one; None where that needs root.
        replace_worker: Kills the worker node and starts another, whose number of GPUs Ray is told.
    """

    address: str
    head: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    unshared: Path | None
    replace_worker: Callable[[int], None]

    def kill(self, node: subprocess.Popen[bytes]) -> None:
        """Kills all processes of a node at once, as the loss of a machine does."""
        shell = psutil.Process(node.pid)  # first: it would start the node again
        for process in [shell, *shell.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        node.wait(LIMIT)


@contextlib.contextmanager
def ray_cluster(folder: Path) -> Iterator[RayCluster]:
    """Within the block there is a cluster, which needs :data:`TOKEN`.

    Args:
        folder: For its files.
    """
    port, dashboard, *agents = _free_ports(10)
    # the paths of Ray's sockets must be short
    sockets = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    unshared = folder / "unshared" if _can_mount() else None
    bin_folder = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_gcs_rpc_server_reconnect_timeout_s": "5",  # after which a node whose head is lost ends; Ray's is 60
    }
    start = f"{shlex.quote(str(bin_folder / 'ray'))} start --block --object-store-memory 80000000 --num-gpus "
    head = f"{start} 0 --head --port {port} --dashboard-port {dashboard} --num-cpus 0 --temp-dir {sockets}"
    head += _agent_ports(agents[:4])
    if unshared is not None:
        unshared.mkdir()

    def persistent(words: str) -> str:
        # on a busy machine a node gives its start up after 30 seconds
        return f"for attempt in 1 2 3; do {words} && break; done"

    def worker(gpus: int) -> list[str]:
        words = persistent(f"{start} {gpus} --address 127.0.0.1:{port} --num-cpus 2{_agent_ports(agents[4:])}")
        if unshared is None:
            return ["sh", "-c", words]
        return ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs none {shlex.quote(str(unshared))} && {words}"]

    with contextlib.ExitStack() as opened:
        opened.callback(shutil.rmtree, sockets, ignore_errors=True)
        log = opened.enter_context((folder / "ray.txt").open("wb"))

        def node(words: list[str]) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(words, env=environment, stdout=log, stderr=log, start_new_session=True)
            opened.callback(_end, process)
            return process

        address = f"http://127.0.0.1:{dashboard}"
        first = node(["sh", "-c", persistent(head)])
        _wait_for_nodes(address, 1, first, Path(log.name))  # a node that comes before it gives up

        def replace_worker(gpus: int) -> None:
            if cluster.worker.poll() is None:
                cluster.kill(cluster.worker)
            _wait_for_nodes(address, 1, first, Path(log.name))
            _wait_for_nodes(address, 2, node(worker(gpus)), Path(log.name))

        cluster = RayCluster(address, first, node(worker(0)), unshared, replace_worker)
        _wait_for_nodes(address, 2, cluster.worker, Path(log.name))
        yield cluster


def _end(node: subprocess.Popen[bytes]) -> None:
    """Ends a node and what it has started, as far as it still runs."""
    with contextlib.suppress(psutil.NoSuchProcess):
        shell = psutil.Process(node.pid)
        family = [shell, *shell.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, LIMIT)
    node.wait(LIMIT)


def _wait_for_nodes(address: str, count: int, node: subprocess.Popen[bytes], log: Path) -> None:
    url = f"{address}/api/v0/nodes?filter_keys=state&filter_predicates=%3D&filter_values=ALIVE"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    end, there = time.monotonic() + LIMIT, 0
    while there != count:
        if node.poll() is not None and "timed out during startup" in log.read_text():
            pytest.skip("Ray allows a node 30 seconds to start, and gave up three times: this machine is too busy")
        assert node.poll() is None, log.read_text()
        assert time.monotonic() < end, f"{address} has {there} nodes"
        time.sleep(0.2)
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            there = len(json.load(answer)["data"]["result"]["result"])


def _agent_ports(numbers: Sequence[int]) -> str:
    """Options that give a node's agents ports of their own.

    It need not wait until they have chosen some, for which Ray gives it 30 seconds; and an agent that finds its usual
    port in use ends, with another cluster on this machine.
    """
    names = ("metrics-export", "runtime-env-agent", "dashboard-agent-listen", "dashboard-agent-grpc")
    return "".join(f" --{name}-port {number}" for name, number in zip(names, numbers, strict=True))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0
