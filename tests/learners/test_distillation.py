# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Distillation: takes teachers of other tasks and says so, resumes students, plays no checkpoint without a student."""

from __future__ import annotations

import gymnasium
import pytest
import torch
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.training.commands import DescribeCheckpoint, Play, Train
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(trainer, tmp_path_factory):
    """A trainer that knows the student's task, what to run, and a teacher trained on the cartpole's."""
    from helpers import student_task

    config = CARTPOLE.replace(log_root=str(tmp_path_factory.mktemp("logs")), max_iterations=1)
    teacher = run_to_end(trainer, Train(config))
    student_task.register()
    knowing = Trainer()
    tick_until(knowing, idle)
    config = config.replace(task=student_task.STUDENT, agent=student_task.AGENT, max_iterations=2)
    yield knowing, config, teacher.checkpoint
    knowing.close()
    del gymnasium.registry[student_task.STUDENT]


@pytest.fixture(scope="module")
def student(own):
    """How the training of a student ended."""
    trainer, config, teacher = own
    return run_to_end(trainer, Train(config.replace(checkpoint=str(teacher))))


def refusal(trainer, command):
    snapshot = run_to_end(trainer, command)
    assert snapshot.failure is not None
    assert snapshot.failure.bad_input, snapshot.failure.details
    return snapshot.failure.message


def test_a_teacher_of_another_task_is_taken_and_told(own, student):
    _, _, teacher = own
    assert student.status == "finished", student.failure
    assert f"Took {teacher.name}, which was trained on Isaac-Cartpole-Direct, as the teacher." in student.notice
    taken, saved = torch.load(teacher, weights_only=False), torch.load(student.checkpoint, weights_only=False)
    for name, tensor in taken["actor_state_dict"].items():
        assert torch.equal(saved["teacher_state_dict"][name], tensor)
    assert student.iteration == 2  # its iterations are not the teacher's


def test_the_panel_is_told_before_the_start(own):
    trainer, config, teacher = own
    trainer.request(DescribeCheckpoint(config.replace(checkpoint=str(teacher))))
    trainer.tick(0.0)
    details = trainer.snapshot().checkpoint_details
    assert (details.path, details.problem) == (teacher, "")


def test_a_student_plays_and_resumes(own, student):
    trainer, config, _ = own
    played = run_to_end(trainer, Play(config.replace(checkpoint="latest", num_steps=5, speed=0.0)))
    assert (played.status, played.checkpoint) == ("finished", student.checkpoint)
    resumed = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=1)))
    assert (resumed.status, resumed.iteration) == ("finished", 3)
    assert "as the teacher" not in resumed.notice


def test_what_holds_no_student_is_not_played(own, tmp_path):
    trainer, config, teacher = own
    stray = tmp_path / "model_0.pt"  # without a manifest: it is judged by what it holds
    stray.write_bytes(teacher.read_bytes())
    said = refusal(trainer, Play(config.replace(checkpoint=str(stray), num_steps=5)))
    assert "was trained with PPO and holds a teacher, but no student to play" in said
    said = refusal(trainer, Play(config.replace(checkpoint=str(teacher), num_steps=5)))
    assert "was trained on Isaac-Cartpole-Direct, not on Own-Student-Cartpole" in said


def test_other_tasks_are_refused_where_no_teacher_is_taken(own, student):
    trainer, config, teacher = own
    said = refusal(trainer, Train(config.replace(checkpoint=str(teacher), agent=None)))
    assert "was trained on Isaac-Cartpole-Direct, not on Own-Student-Cartpole: choose that task" in said
    said = refusal(
        trainer, Train(config.replace(task="Isaac-Cartpole-Direct", agent=None, checkpoint=str(student.checkpoint)))
    )
    assert "was trained on Own-Student-Cartpole, not on Isaac-Cartpole-Direct" in said


def test_a_distillation_without_teacher_is_refused(own):
    trainer, config, _ = own
    assert "Distillation needs a teacher" in refusal(trainer, Train(config))
