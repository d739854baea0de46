# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the settings' tree beside a preview of the sample project's rover, from the real application.

python tools/settings_picture.py docs/images/settings.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import Application
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, PreviewActions


def main(path: Path) -> None:
    """Previews the rover, searches its settings, and writes the picture."""
    with Application(settings={"section_advanced": False}, rover=True) as application:
        trainer, panel = application.app.trainer, application.app.panel
        config = RunConfig("Rover-Velocity", "rsl_rl", 8, seed=1, device="cpu", log_root=str(application.log_root))
        panel.set_config(config.replace(overrides=("env.rewards.action_rate.weight=-0.02",)))
        application.until(lambda snapshot: snapshot.can_start and snapshot.details is not None)
        application.click("settings")
        application.act(application.testing.type_text("weight"))
        trainer.request(Load(config, PreviewActions.RANDOM))
        application.until(lambda snapshot: snapshot.steps > 8 * 60)
        application.write(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
