"""The file of answers: each row once, whole, and on the disk before anybody is told."""

import errno
import json
import os
import threading
from itertools import count

import pytest
from open_serve import row_of

from morphkit.errors import InputError, OutputError
from morphkit.experiment.answer_files import read_answers
from morphkit.serving import row_file
from morphkit.serving.row_file import OtherRowError, opened
from morphkit.serving.study import read_served_study

ONE, TWO = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(scope="module")
def study(study_folder):
    return read_served_study(study_folder)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "answers.jsonl"


def lines(place):
    return [json.loads(line) for line in place.read_text("utf-8").splitlines()]


def test_rows_are_kept_once_and_in_their_order(study, study_folder, place):
    rows = [row_of(study_folder, order=n) for n in range(1, 4)]
    with opened(place, study) as file:
        assert file.add(ONE, 1, rows[0]) == 1
        assert file.add(ONE, 1, rows[0]) == 1
        # A row whose predecessor is missing has no receipt.
        assert file.add(ONE, 3, rows[2]) == 1
        assert file.add(TWO, 1, rows[0] | {"participant": "P2"}) == 1
        assert file.add(ONE, 2, rows[1]) == 2
        assert (file.n_rows, file.participants) == (3, {"P1", "P2"})
        with pytest.raises(OtherRowError, match="row 2 of session 0123"):
            file.add(ONE, 2, rows[2])
    found = [(line["session"], line["row"]) for line in lines(place)]
    assert found == [(ONE, 1), (TWO, 1), (ONE, 2)]
    assert lines(place)[0]["answer"] == rows[0]


def test_a_file_goes_on_after_a_restart(study, study_folder, place):
    rows = [row_of(study_folder, order=n) for n in range(1, 4)]
    with opened(place, study) as file:
        file.add(ONE, 1, rows[0])
    with opened(place, study) as file:
        assert file.n_rows == 1
        assert file.add(ONE, 1, rows[0]) == 1
        assert file.add(ONE, 2, rows[1]) == 2
    assert [line["row"] for line in lines(place)] == [1, 2]


@pytest.mark.parametrize("cut", [1, 20, -1])
def test_a_line_that_a_crash_left_unfinished_is_cut_off(
    study, study_folder, place, cut
):
    with opened(place, study) as file:
        file.add(ONE, 1, row_of(study_folder, order=1))
        whole = place.read_bytes()
        file.add(ONE, 2, row_of(study_folder, order=2))
    more = place.read_bytes()[len(whole) :]
    place.write_bytes(whole + more[:cut])
    # Somebody who reads it before the server is started again sees whole rows.
    assert len(read_answers(place, "serve")) == 1
    with opened(place, study) as file:
        assert file.n_rows == 1
        assert place.read_bytes() == whole
        assert file.add(ONE, 2, row_of(study_folder, order=2)) == 2
    assert [line["row"] for line in lines(place)] == [1, 2]


def test_a_row_is_on_the_disk_before_its_receipt(
    study, study_folder, place, monkeypatch
):
    done = []
    real = os.fsync
    monkeypatch.setattr(
        row_file.os,
        "fsync",
        lambda file: done.append(os.fstat(file).st_size) or real(file),
    )
    with opened(place, study) as file:
        done.clear()
        file.add(ONE, 1, row_of(study_folder))
        assert done == [place.stat().st_size]


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_leaves_the_file_as_it_was(
    study, study_folder, place, monkeypatch, fails
):
    """Half a line is taken back, there is no receipt, and the row is taken later."""
    row = row_of(study_folder)
    with opened(place, study) as file:
        file.add(ONE, 1, row)
        before = place.read_bytes()
        real, turn = getattr(os, fails), count()

        def full(number, *data):
            if fails == "write" and next(turn) == 0:
                return real(number, data[0][:10])
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(row_file.os, fails, full)
            with pytest.raises(OutputError, match=r"No space left.*make room"):
                file.add(ONE, 2, row | {"order": 2})
        assert place.read_bytes() == before
        assert file.add(ONE, 2, row | {"order": 2}) == 2
    assert [line["row"] for line in lines(place)] == [1, 2]


def test_rows_of_many_threads_do_not_mix(study, study_folder, place):
    names = [f"{n:016x}" for n in range(8)]

    def send(name):
        for order in range(1, 26):
            file.add(name, order, row_of(study_folder, f"P{name[-1]}", order))

    with opened(place, study) as file:
        threads = [threading.Thread(target=send, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = lines(place)
    for name in names:
        rows = [line["row"] for line in found if line["session"] == name]
        assert rows == list(range(1, 26))
    assert len(found) == 8 * 25


def test_one_server_at_a_time_writes_a_file(study, place):
    with opened(place, study):
        done = []

        def other():
            try:
                with opened(place, study):
                    done.append("opened")
            except OutputError as error:
                done.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "is being written by" in done[0]


def test_files_of_other_things_are_refused(study, study_folder, place):
    place.write_text("participant,order\nP1,1\n", "utf-8")
    with pytest.raises(InputError, match="not JSON"), opened(place, study):
        pass
    place.write_text('{"a": 1}\n', "utf-8")
    with pytest.raises(InputError, match="is no row of answers"), opened(place, study):
        pass
    row = {"session": ONE, "row": 1, "received": "", "answer": row_of(study_folder)}
    place.write_text(
        json.dumps(row | {"answer": row["answer"] | {"recipe": "0" * 12}}) + "\n"
    )
    with pytest.raises(InputError, match="another study"), opened(place, study):
        pass
    place.write_text(json.dumps(row | {"row": 2}) + "\n", "utf-8")
    with pytest.raises(InputError, match="not in its place"), opened(place, study):
        pass


def test_a_file_cannot_grow_without_end(study, study_folder, place, monkeypatch):
    monkeypatch.setattr(row_file, "MOST_SESSIONS", 2)
    with opened(place, study) as file:
        for name in (ONE, TWO):
            file.add(name, 1, row_of(study_folder))
        with pytest.raises(OutputError, match="holds 2 sessions"):
            file.add("0" * 16, 1, row_of(study_folder))
        assert file.add(ONE, 2, row_of(study_folder, order=2)) == 2
        # No more than can be read again.
        before = place.read_bytes()
        monkeypatch.setattr(row_file, "HELD_BYTES", len(before) + 9)
        with pytest.raises(OutputError, match="is full"):
            file.add(TWO, 2, row_of(study_folder, order=2))
        assert place.read_bytes() == before


def test_cells_come_back_as_the_page_would_write_them(study, study_folder, place):
    with opened(place, study) as file:
        file.add(ONE, 1, row_of(study_folder, "P01", rt=512.3, was_hidden=True))
    (answer,) = read_answers(place, "serve")
    assert (answer.participant, answer.rt_seconds) == ("P01", 0.5123)
    assert answer.details["was_hidden"] == "true"
    assert "stimulus_ms" not in answer.details
