-- SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
-- SPDX-License-Identifier: BSD-3-Clause
--
-- Links the extension into a build of Kit or Isaac Sim that uses repo_build. Put this repository, or a link to it, below
-- the build's source folder, and add one line to the build's premake5.lua, after its group of extensions:
--
--     include("source/rl_trainer/premake.lua")
--
-- Start the build with these options, without which extensions of Isaac Sim bring a Warp, PyTorch and Newton that Isaac Lab
-- does not run with (docs/isaac-sim.md):
--
--     --/app/extensions/excluded/0=omni.kit.pip_archive
--     --/app/extensions/excluded/1=omni.isaac.ml_archive
--     --/app/extensions/excluded/2=isaacsim.pip.newton
--     --/app/extensions/excluded/3=omni.warp.core
--
-- Nothing is compiled; the sources stay where they are, so that hot reload sees every change.

local extension = path.join(path.getdirectory(_SCRIPT), "exts/rl_trainer_ext")
local target = "%{root}/_build/%{platform}/%{config}/exts/rl_trainer_ext"

repo_build.prebuild_link({
    { path.join(extension, "config"), target .. "/config" },
    { path.join(extension, "data"), target .. "/data" },
    { path.join(extension, "docs"), target .. "/docs" },
    { path.join(extension, "rl_trainer_ext"), target .. "/rl_trainer_ext" },
})
