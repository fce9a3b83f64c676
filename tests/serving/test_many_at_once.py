"""Thirty participants at once, and a server that is killed in the middle."""

import shutil

import pytest
from serving_load import load

from morphkit.experiment.answer_files import read_answers

pytestmark = pytest.mark.slow


def test_no_row_is_lost_or_doubled(study_folder, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(study_folder, study)
    done = load(study, n_people=30, n_rows=12, n_kills=3, between_s=0.3)
    assert done.kills >= 1
    assert done.attempts > done.sent  # some had to be sent again
    assert (done.lost, done.doubled, done.in_order) == (0, 0, True)
    answers = read_answers(study.with_name("study_answers.jsonl"), "serve")
    assert len(answers) == done.sent == 360
    assert len({answer.participant for answer in answers}) == 30
