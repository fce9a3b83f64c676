"""Calls done by several processes of this machine, each with a Python lock of its own.

This process does its share in a thread. The others are started anew, and not as copies
of it, so that no thread and no open file goes with them. They end when they are told
to, and at once when the process that started them is gone: nobody would collect what
they make.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_end
from multiprocessing.synchronize import Event
from typing import Generic, NoReturn, TypeVar

from morphkit._core.workers import StoppedError
from morphkit.errors import OutputError

Item = TypeVar("Item")
Errand = TypeVar("Errand")
Result = TypeVar("Result")
#: Raises StoppedError where the result of a call is no longer wanted.
GoOn = Callable[[], None]

#: Errands under way for each process: one at work, one that waits for it.
_AHEAD = 2

#: Most processes that Python can wait for on Windows.
_MOST_ON_WINDOWS = 61

#: In a process that was started for another: whether it shall stop.
_stopping: Event | None = None


class _Said(Generic[Result]):
    """What a call returned, and the warnings that it gave."""

    def __init__(
        self, result: Result, given: Iterable[warnings.WarningMessage] = ()
    ) -> None:
        self.result = result
        self.given = [(str(one.message), one.category) for one in given]


class Processes:
    """Processes that do errands, this one among them; from `processes`.

    Parameters
    ----------
    n : int
        How many, 2 or more.
    others : Executor
        Of all but this one.
    own : Executor
        Of a thread of this one.
    go_on : callable
        For the calls that this one does.
    """

    def __init__(self, n: int, others: Executor, own: Executor, go_on: GoOn) -> None:
        self._n, self._others, self._own, self._go_on = n, others, own, go_on

    def do(
        self,
        call: Callable[[Errand, GoOn], Result],
        items: Iterable[Item],
        errand_of: Callable[[Item], Errand],
    ) -> Iterator[tuple[int, Result]]:
        """Yield what is made of every item, as it arrives, by the number of the item.

        Parameters
        ----------
        call : callable
            ``call(errand, go_on)``, of a module. It is stopped where it calls
            ``go_on``.
        items : iterable
        errand_of : callable
            What the call is given for an item, worked out when its turn comes.

        Raises
        ------
        OutputError
            If a process was ended from outside.
        Exception
            That of a call. Warnings of calls are given here.
        """
        left = deque(enumerate(items))
        under_way: dict[Future[_Said[Result]], tuple[int, Executor]] = {}

        def send() -> None:
            # The last ones wait here, for whoever is free first.
            ahead = _AHEAD if len(left) > self._n else 1
            room = {self._own: 1, self._others: ahead * (self._n - 1)}
            busy = Counter(executor for _, executor in under_way.values())
            for executor, most in room.items():
                for _ in range(min(most - busy[executor], len(left))):
                    number, item = left.popleft()
                    future = self._submit(executor, call, errand_of(item))
                    under_way[future] = number, executor

        try:
            send()
            while under_way:
                ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
                arrived = [(under_way.pop(each)[0], each.result()) for each in ended]
                send()
                for number, said in arrived:
                    for message, category in said.given:
                        warnings.warn(message, category, stacklevel=2)
                    yield number, said.result
        except BrokenProcessPool:
            raise OutputError(
                "a process of the build was ended from outside, perhaps because the "
                "memory was full; use smaller photographs or fewer --jobs"
            ) from None

    def _submit(
        self,
        executor: Executor,
        call: Callable[[Errand, GoOn], Result],
        errand: Errand,
    ) -> "Future[_Said[Result]]":
        """Give an errand to this process or to the others."""
        if executor is self._own:
            return executor.submit(_do_here, call, errand, self._go_on)
        # This is where processes are started.
        with _without_interruption():
            return executor.submit(_do_there, call, errand)


@contextlib.contextmanager
def processes(
    n: int, environment: Mapping[str, str] | None = None
) -> Iterator[Processes]:
    """Give processes that do errands; the others have ended when the block has.

    Parameters
    ----------
    n : int
        How many, this one among them; 2 or more.
    environment : mapping of str to str, optional
        Variables that the others have besides those of this one.
    """
    if sys.platform == "win32":
        n = min(n, 1 + _MOST_ON_WINDOWS)
    context = multiprocessing.get_context("spawn")
    stopping = context.Event()

    def go_on() -> None:
        if stopping.is_set():
            raise StoppedError

    started = stopping, dict(environment or {})
    others = ProcessPoolExecutor(n - 1, context, _begin, started)
    own = ThreadPoolExecutor(1)
    try:
        yield Processes(n, others, own, go_on)
    finally:
        stopping.set()
        for executor in (others, own):
            executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _without_interruption() -> Iterator[None]:
    """Hold Ctrl-C back from this thread, and for good from what it starts meanwhile.

    A process that is started would otherwise end in a traceback where it is interrupted
    before `_begin`, in its imports. Windows has no such mask.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(stopping: Event, environment: Mapping[str, str]) -> None:
    """Prepare a process that was started for another."""
    global _stopping
    _stopping = stopping
    os.environ.update(environment)
    # The one that it works for is interrupted too, and tells it to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> NoReturn:
    """End this process when the one that started it has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
    os._exit(1)


def _go_on() -> None:
    """See `GoOn`, in a process that was started for another."""
    if _stopping is not None and _stopping.is_set():
        raise StoppedError


def _do_there(call: Callable[[Errand, GoOn], Result], errand: Errand) -> _Said[Result]:
    """Do an errand in a process that was started for it."""
    _go_on()
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        result = call(errand, _go_on)
    return _Said(result, given)


def _do_here(
    call: Callable[[Errand, GoOn], Result], errand: Errand, go_on: GoOn
) -> _Said[Result]:
    """Do an errand in this process, where warnings are given at once."""
    go_on()
    return _Said(call(errand, go_on))
