# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Chooses the source of robots and ground planes: NVIDIA's asset server or, if it is unreachable, an offline copy.

Isaac Lab reads ``ISAACSIM_ASSET_ROOT`` once, during its import, and without a network its first download hangs for
about a minute. So the choice is made before that import, within seconds, and without large imports.
"""

from __future__ import annotations

import http.client
import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs

from ..errors import UserError

ENVIRONMENT_VARIABLE = "ISAACSIM_ASSET_ROOT"
"""Isaac Lab's variable for the asset root: a folder or URL that contains ``Isaac/…``."""

SERVER_SECONDS = 2.0
"""Time limit for an answer of the asset server."""

ALL_SERVERS_SECONDS = 5.0
"""Time limit of :func:`missing_assets` for all servers of a configuration."""

_LAYOUT = 1
"""Version of the offline root's layout; a new one keeps older copies from being used."""

_CARTPOLE = "Isaac/IsaacLab/Robots/Classic/Cartpole/cartpole.usd"
_ANT = "Isaac/Robots/IsaacSim/Ant/ant_instanceable.usd"
_GROUND_PLANE = "Isaac/IsaacLab/Environments/Grid/default_ground_plane_checker_v1/default_ground_plane.usda"

# Isaac Lab scales "Environment" of the plane, sets the texture coordinates of "Environment/Geometry" to go with it, and
# gives its physics material to the first prim of type Plane.
_GROUND_PLANE_USD = """#usda 1.0
(
    defaultPrim = "GroundPlane"
    metersPerUnit = 1
    upAxis = "Z"
)

def Xform "GroundPlane"
{
    def Plane "Collision" (
        prepend apiSchemas = ["PhysicsCollisionAPI"]
    )
    {
        uniform token axis = "Z"
        uniform token purpose = "guide"
    }

    def Xform "Environment"
    {
        float3 xformOp:scale = (1, 1, 1)
        uniform token[] xformOpOrder = ["xformOp:scale"]

        def Mesh "Geometry"
        {
            point3f[] points = [(-50, -50, 0), (50, -50, 0), (50, 50, 0), (-50, 50, 0)]
            int[] faceVertexCounts = [4]
            int[] faceVertexIndices = [0, 1, 2, 3]
            texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
                interpolation = "vertex"
            )
            color3f[] primvars:displayColor = [(0.3, 0.32, 0.34)]
        }
    }
}
"""


@dataclass(frozen=True)
class AssetRoot:
    """The source of assets in this process."""

    url_or_path: str
    """A URL or a folder; empty when Isaac Lab is not installed."""
    kind: Literal["environment", "server", "offline"]
    """``environment``: the user's own choice; ``server``: Isaac Lab's default; ``offline``: this program's copy."""
    answers: bool
    """Whether it was reachable when it was chosen."""

    def apply(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Makes Isaac Lab use this root. Has an effect only before ``isaaclab`` is imported."""
        if self.kind == "offline":
            environ[ENVIRONMENT_VARIABLE] = self.url_or_path


def choose_asset_root(environ: Mapping[str, str] = os.environ) -> AssetRoot:
    """Chooses the source of assets; takes up to three seconds without a network. Imports nothing of Isaac Lab.

    Call it once in a process: it takes an applied choice, which is in the environment, for the user's own.

    Raises:
        UserError: When the offline root is needed and cannot be created.
    """
    if root := environ.get(ENVIRONMENT_VARIABLE):
        return AssetRoot(root, "environment", _root_answers(root))
    if profile := environ.get("ISAACSIM_ASSET_REGION_PROFILE"):
        return AssetRoot(f"region profile {profile}", "environment", True)  # only Isaac Lab knows its address
    server = _server_root()
    if not server or _root_answers(server):
        return AssetRoot(server, "server", bool(server))
    return AssetRoot(str(build_offline_root(Path(platformdirs.user_cache_dir("rl_trainer")))), "offline", True)


def build_offline_root(directory: Path) -> Path:
    """Creates an Isaac asset root from the assets of the ``newton`` package, unless it exists.

    It serves Isaac-Cartpole, Isaac-Cartpole-Direct, Isaac-Ant and Isaac-Ant-Direct.

    Args:
        directory: The folder of the asset roots, one for each version of ``newton``.

    Returns:
        The complete asset root. It appears atomically, even if several processes create it at once.

    Raises:
        UserError: When ``newton`` is not installed, or the directory cannot be written.
    """
    spec = importlib.util.find_spec("newton")  # importing it would take seconds
    if spec is None or not spec.submodule_search_locations:
        raise UserError("The package newton, whose assets serve offline, is not installed: run rl_trainer.sh again.")
    source = Path(spec.submodule_search_locations[0]) / "examples" / "assets"
    root = directory / f"isaac-assets-newton-{importlib.metadata.version('newton')}-{_LAYOUT}"
    if root.is_dir():
        return root
    try:
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=directory))
    except OSError as error:
        raise UserError(
            f"The folder {directory} for offline assets cannot be written ({error.strerror}): "
            "set XDG_CACHE_HOME to a folder that can."
        ) from error
    try:
        # the file names a default prim that it does not define
        cartpole = (source / "cartpole_single_pendulum.usda").read_text(encoding="utf-8")
        _write(unfinished / _CARTPOLE, cartpole.replace('defaultPrim = "cartPole"', 'defaultPrim = "cartpole"', 1))
        _write(unfinished / _ANT, (source / "ant.usda").read_text(encoding="utf-8"))
        _write(unfinished / _GROUND_PLANE, _GROUND_PLANE_USD)
        unfinished.chmod(0o755)
        unfinished.rename(root)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not root.is_dir():  # else another process was faster
            raise UserError(f"The offline assets cannot be made in {directory}: {error}.") from error
    return root


def missing_assets(env_cfg: Any) -> list[str]:
    """Returns the unreachable assets that an environment needs for its creation.

    Assets that are only drawn (markers, skies, visual materials) are ignored. Servers are only checked for
    reachability, once in half a minute.

    Args:
        env_cfg: An Isaac Lab environment configuration.

    Returns:
        Paths and URLs, each once, in the order of the configuration. Takes five seconds at most.
    """
    deadline = time.monotonic() + ALL_SERVERS_SECONDS
    paths = dict.fromkeys(_asset_paths(env_cfg, set()))
    return [path for path in paths if not _is_reachable(path, deadline)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _server_root() -> str:
    """The asset root in Isaac Lab's settings; empty when Isaac Lab is not installed."""
    spec = importlib.util.find_spec("isaaclab")
    for package in spec.submodule_search_locations or () if spec else ():
        # a wheel has the folder "apps" in the package, a source checkout three levels above it
        for apps in (Path(package) / "apps", Path(package).resolve().parents[2] / "apps"):
            settings = apps / "isaaclab.python.kit"
            if settings.is_file():
                text = settings.read_text(encoding="utf-8")
                roots = re.findall(r'^\s*persistent\.isaac\.asset_root\.default\s*=\s*"([^"]*)"', text, re.MULTILINE)
                if roots:
                    return roots[-1]  # Isaac Lab also uses the last one
    return ""


def _root_answers(root: str) -> bool:
    if urlsplit(root).scheme in ("http", "https"):
        # a file that every release has, because such servers do not answer for folders
        status = http_status(f"{root.rstrip('/')}/{_CARTPOLE}", SERVER_SECONDS)
        return status is not None and status < 400
    if "://" in root:
        return True  # a Nucleus server: only Isaac Lab can tell
    return (Path(root) / "Isaac").is_dir()


def http_status(url: str, seconds: float) -> int | None:
    """Returns the HTTP status of a URL; None without an answer in time."""
    result: list[int] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds) as response:
                result.append(response.status)
        except urllib.error.HTTPError as error:
            result.append(error.code)
        except (OSError, ValueError, http.client.HTTPException):
            pass  # no network, no such host, no valid URL, no HTTP

    # in a thread, because a name lookup has no time limit
    thread = threading.Thread(target=ask, daemon=True, name="asset server check")
    thread.start()
    thread.join(seconds)
    return result[0] if result else None


_ASSET_SUFFIXES = {".usd", ".usda", ".usdc", ".usdz", ".urdf", ".obj", ".stl", ".pt", ".json", ".yaml"}

_ONLY_DRAWN_FIELDS = {"texture_file", "mdl_path"}


def _asset_paths(value: Any, seen: set[int]) -> Iterator[str]:
    """Yields the asset paths in a configuration that its environment needs: URLs and absolute paths, by suffix."""
    if isinstance(value, str):
        if (value.startswith("/") or "://" in value) and Path(urlsplit(value).path).suffix.lower() in _ASSET_SUFFIXES:
            yield value
        return
    if id(value) in seen or isinstance(value, type) or callable(value):
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        children = value.items()
    elif isinstance(value, (list, tuple)):
        children = dict(enumerate(value)).items()
    else:
        fields = getattr(value, "__dict__", {})
        if "markers" in fields:  # VisualizationMarkersCfg
            return
        children = fields.items()
    for name, child in children:
        if name not in _ONLY_DRAWN_FIELDS:
            yield from _asset_paths(child, seen)


_SERVERS: dict[str, tuple[float, bool]] = {}
"""Time of the last check, in monotonic seconds, and whether the server answered, by host."""

_ASK_AGAIN_SECONDS = 30.0


def _is_reachable(path: str, deadline: float) -> bool:
    url = urlsplit(path)
    if not url.scheme:
        return Path(path).exists()
    # Isaac Lab uses a file from its download cache, even if the server does not answer
    if (Path(tempfile.gettempdir()) / url.scheme / url.netloc.replace(":", "_") / url.path.lstrip("/")).is_file():
        return True
    if url.scheme not in ("http", "https"):
        return True  # a Nucleus server: only Isaac Lab can tell
    asked, answered = _SERVERS.get(url.netloc, (float("-inf"), False))
    if time.monotonic() - asked > _ASK_AGAIN_SECONDS:
        status = http_status(path, max(0.0, min(SERVER_SECONDS, deadline - time.monotonic())))
        # any answer will do: Isaac Lab reports a missing file at once
        answered = status is not None and status < 500
        _SERVERS[url.netloc] = (time.monotonic(), answered)
    return answered
