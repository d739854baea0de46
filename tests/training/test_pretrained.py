# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``--checkpoint pretrained``, with a web server of this machine in the place of NVIDIA's."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path

import pytest
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, run_to_end
from rl_trainer_ext.training.commands import Play, Train
from rl_trainer_ext.training.snapshot import Snapshot

pytestmark = pytest.mark.slow


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serves a folder as the asset root of Isaac Lab; its folder of checkpoints, and what ends the server."""
    from isaaclab_rl.utils import pretrained_checkpoint

    root = tmp_path / "assets"
    folder = root / "PretrainedCheckpoints" / "rsl_rl"
    folder.mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(pretrained_checkpoint, "ISAACLAB_NUCLEUS_DIR", f"http://127.0.0.1:{server.server_port}")
    ended = []

    def end() -> None:
        if not ended:
            ended.append(True)
            server.shutdown()
            server.server_close()

    yield folder, end
    end()


def finished(trainer, command: Train | Play) -> Snapshot:
    snapshot = run_to_end(trainer, command)
    assert (snapshot.status, snapshot.failure) == ("finished", None)
    return snapshot


def test_the_published_checkpoint_is_played_kept_and_fine_tuned(trainer, served, tmp_path):
    folder, end = served
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path / "logs"))
    made = finished(trainer, Train(config.replace(log_root=str(tmp_path / "elsewhere"))))
    play = config.replace(checkpoint="pretrained", num_steps=1, speed=0.0, overrides=("physics=newton_mjwarp",))
    # nothing is published yet
    refused = run_to_end(trainer, Play(play))
    assert refused.failure.bad_input
    name = "Isaac-Cartpole-Direct_newtonmjwarp_none_rsl_rl.pt"
    assert f"No pretrained checkpoint {name} is published" in refused.failure.message
    assert not (tmp_path / "logs").exists()
    (folder / name).write_bytes(made.checkpoint.read_bytes())
    played = finished(trainer, Play(play))
    kept = tmp_path / "logs" / ".pretrained_checkpoints" / "rsl_rl" / Path(name).stem / name
    assert played.checkpoint == kept
    assert equal_to_the_bit(kept, made.checkpoint)
    tuned = finished(trainer, Train(play.replace(fine_tune=True, num_steps=None)))
    assert tuned.run_dir.parent.parent == tmp_path / "logs" / "rsl_rl"
    # what was downloaded once needs no server
    end()
    assert finished(trainer, Play(play)).checkpoint == kept


def test_a_server_out_of_reach_is_one_sentence(trainer, served, tmp_path):
    _, end = served
    end()
    config = CARTPOLE.replace(checkpoint="pretrained", log_root=str(tmp_path / "logs"))
    refused = run_to_end(trainer, Play(config)).failure
    assert refused.bad_input
    assert refused.message.startswith("The asset server with the pretrained checkpoints cannot be reached (http://127")
    assert refused.message.endswith("Give the path of a checkpoint, or train the task.")
    assert "\n" not in refused.message
    assert not (tmp_path / "logs").exists()


def test_an_asset_root_on_this_machine_is_looked_at_too(trainer, monkeypatch, tmp_path):
    from isaaclab_rl.utils import pretrained_checkpoint

    monkeypatch.setattr(pretrained_checkpoint, "ISAACLAB_NUCLEUS_DIR", str(tmp_path))
    config = CARTPOLE.replace(checkpoint="pretrained", log_root=str(tmp_path / "logs"))
    assert "The asset root has no pretrained checkpoint" in run_to_end(trainer, Play(config)).failure.message
