"""Work in threads: in order, really at once, and stopped as a whole."""

import threading

import pytest

from morphkit._core.workers import work_on


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_are_in_the_order_of_the_items(jobs):
    told = []

    def make(item, advance):
        advance(f"made {item}")
        return item * item

    assert work_on(range(9), make, jobs=jobs, advance=told.append) == [
        k * k for k in range(9)
    ]
    assert sorted(told) == [f"made {k}" for k in range(9)]


def test_two_are_at_work_at_once():
    """Each waits until the other is there: one after the other they would never end."""
    meeting = threading.Barrier(2, timeout=60)

    def make(item, advance):
        meeting.wait()
        return threading.current_thread().name

    assert len(set(work_on("ab", make, jobs=2))) == 2


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt()])
def test_a_failure_stops_what_has_begun_and_begins_nothing_else(failure):
    begun, ended = [], []
    failed = threading.Event()

    def make(item, advance):
        begun.append(item)
        if item == "first":
            failed.set()
            raise failure
        failed.wait(60)
        while True:  # until it is stopped
            advance("still at it")
        ended.append(item)

    with pytest.raises(type(failure)):
        work_on(["first", "second", *"others"], make, jobs=2)
    assert begun[0] == "first" or set(begun[:2]) == {"first", "second"}
    assert len(begun) <= 3
    assert not ended
