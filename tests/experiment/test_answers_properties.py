"""Whatever happened to a table, it is read or refused, and every row is accounted for.

The law: rows read = answers used + rows excluded, by reason.
"""

import json
import warnings
from collections import Counter

import pytest
from answer_tables import LABELS, Made, right_tables, tables
from export_study import write_small_pack
from hypothesis import HealthCheck, given, settings

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.chosen_answers import tasks_of
from morphkit.experiment.answer import EXCLUSIONS
from morphkit.pack.read import read_pack

pytestmark = pytest.mark.slow

SETTINGS = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("properties") / "pack"
    write_small_pack(folder, identities=("ada",), n_steps=5, size=(8, 8))
    return read_pack(folder)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("properties") / "table.csv"


def read(made: Made, file):
    """Return the answers of a table, or the message with which it is refused."""
    file.write_bytes(made.bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # text of Windows
        try:
            return mk.read_answers(file, **made.options)
        except InputError as error:
            return str(error) or "refused without a word"


def check_account(account, n_used):
    assert account.read == account.used + sum(account.excluded.values())
    assert account.used == n_used
    assert set(account.excluded) <= set(EXCLUSIONS)
    assert json.loads(json.dumps(account.to_dict()))["read"] == account.read


def check_table(made: Made, file, pack) -> str:
    """Hold a table to the law; return whether it was read."""
    found = read(made, file)
    if isinstance(found, str):
        return "refused"
    check_account(found.account, len(found))
    assert found.account.read == made.n_rows()
    keys = Counter(
        (a.participant, a.session, a.design, a.phase, a.question, a.order)
        for a in found
    )
    assert max(keys.values()) == 1 or made.options.get("sessions") == "all"
    for task in tasks_of(found):
        if task not in ("category", "rating"):
            continue
        try:
            collected = collect(found, pack, task=task)
        except InputError:
            continue
        check_account(collected.account, len(collected.answers))
        assert collected.account.read == found.account.read
        if task == "category":
            assert {a.response for a in collected.answers} <= set(LABELS)
        else:
            assert all(float(a.response) is not None for a in collected.answers)
    return "read"


@SETTINGS
@given(made=tables())
def test_every_row_is_accounted_for(made, file, pack):
    check_table(made, file, pack)


@SETTINGS
@given(made=right_tables())
def test_tables_that_are_right_are_used_whole(made, file, pack):
    found = read(made, file)
    assert not isinstance(found, str), found
    assert found.account.used == len(made.rows) - 1
    assert found.account.excluded == {}
    (task,) = tasks_of(found)
    assert collect(found, pack, task=task).account.used == len(made.rows) - 1
