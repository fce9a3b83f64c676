"""Calls done by several processes of this machine, each with a Python lock of its own.

This process does its share in a thread. The others are started anew, and not as copies
of it, so that no thread and no open file goes with them. Each is led by a thread here,
through a pipe that closes with either side: a process that ends, however it does, is
noticed, and the others end when nobody would collect what they make.
"""

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, NoReturn, Protocol, TypeVar

from morphkit._core.workers import StoppedError
from morphkit.errors import OutputError

Item = TypeVar("Item")
#: Raises StoppedError where the result of a call is no longer wanted.
GoOn = Callable[[], None]
#: ``call(errand, go_on)``, of a module; what it returns can be sent.
Call = Callable[[Any, GoOn], Any]

#: Sent instead of an errand.
_NO_MORE = b"no more"
_ENDED = (
    "a process of the build was ended from outside, perhaps because the memory was "
    "full; use smaller photographs or fewer --jobs"
)
_NOT_BEGUN = (
    "the processes of the build did not begin; a script that starts some does all its "
    'work under: if __name__ == "__main__":'
)


class _Place(Protocol):
    """Where errands are done, one at a time."""

    def do(self, call: Call, errand: Any) -> "_Reply":
        """Return what came of a call for an errand."""

    def stop(self) -> None:
        """Stop the call that is under way; no other begins."""


class Processes:
    """Processes that do errands, this one among them; from `processes`.

    Parameters
    ----------
    places : sequence of _Place
        This process and the others.
    leaders : ThreadPoolExecutor
        As many threads.
    """

    def __init__(self, places: Iterable[_Place], leaders: ThreadPoolExecutor) -> None:
        self._free: queue.SimpleQueue[_Place] = queue.SimpleQueue()
        for place in places:
            self._free.put(place)
        self._leaders = leaders

    def do(
        self, call: Call, items: Iterable[Item], errand_of: Callable[[Item], Any]
    ) -> Iterator[tuple[int, Any]]:
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
            If a process was ended from outside, or did not begin.
        Exception
            That of a call. Warnings of calls are given here.
        """

        def run(item: Item) -> _Reply:
            place = self._free.get()
            try:
                return place.do(call, errand_of(item))
            finally:
                self._free.put(place)

        numbers: dict[Future[_Reply], int] = {
            self._leaders.submit(run, item): number for number, item in enumerate(items)
        }
        for future in as_completed(list(numbers)):
            number, reply = numbers.pop(future), future.result()
            for message, category in reply.given:
                warnings.warn(message, category, stacklevel=2)
            if reply.error is not None:
                raise reply.error
            yield number, reply.result


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
    context = multiprocessing.get_context("spawn")
    others = [_Other(context, dict(environment or {})) for _ in range(n - 1)]
    places: list[_Place] = [_Here(), *others]
    leaders = ThreadPoolExecutor(n)
    try:
        yield Processes(places, leaders)
    finally:
        for place in places:
            place.stop()
        leaders.shutdown(wait=True, cancel_futures=True)
        for other in others:
            other.end()


class _Here:
    """The process that starts the others, as one of them."""

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def do(self, call: Call, errand: Any) -> "_Reply":
        """Return what a call returns; warnings are given and errors raised at once."""
        self._go_on()
        return _Reply(call(errand, self._go_on))

    def stop(self) -> None:
        """Stop the call that is under way."""
        self._stopping.set()

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise StoppedError


class _Other:
    """Another process, which begins when it is first needed.

    Parameters
    ----------
    context : SpawnContext
    environment : mapping of str to str
    """

    def __init__(self, context: SpawnContext, environment: Mapping[str, str]) -> None:
        self._context, self._environment = context, environment
        self._process: SpawnProcess | None = None
        self._sending = threading.Lock()
        self._has_begun = self._is_stopped = False

    def do(self, call: Call, errand: Any) -> "_Reply":
        """Return what came of a call for an errand."""
        if not self._has_begun:
            self._begin()
        with self._in_touch(_ENDED):
            with self._sending:
                self._pipe.send_bytes(pickle.dumps((call, errand)))
            said = self._pipe.recv_bytes()
        reply: _Reply = pickle.loads(said)
        return replace(reply, result=pickle.loads(reply.result))

    @contextlib.contextmanager
    def _in_touch(self, lost: str) -> Iterator[None]:
        """Turn the end of the pipe into an error, unless the process was stopped."""
        try:
            yield
        except (EOFError, OSError):
            if self._is_stopped:
                raise StoppedError from None
            raise OutputError(lost) from None

    def _begin(self) -> None:
        """Start the process, and wait until it can work."""
        with self._sending:
            if self._is_stopped:
                raise StoppedError
            try:
                self._start()
            except OSError as error:
                raise OutputError(
                    f"another process cannot be started ({error.strerror or error}); "
                    "use fewer --jobs"
                ) from None
        with self._in_touch(_NOT_BEGUN):
            self._pipe.recv()
        self._has_begun = True

    def _start(self) -> None:
        """Start the process with its pipe, both or neither."""
        self._pipe, its_end = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(its_end, self._environment), daemon=True
        )
        try:
            with _without_interruption():
                process.start()
        except OSError:
            self._pipe.close()
            raise
        finally:
            its_end.close()  # so that the pipe ends with the process
        self._process = process

    def stop(self) -> None:
        """Stop the call that is under way, and the process."""
        with self._sending, contextlib.suppress(OSError):
            self._is_stopped = True
            if self._process is not None:
                self._pipe.send_bytes(_NO_MORE)

    def end(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            self._process.join()
            self._pipe.close()


@contextlib.contextmanager
def _without_interruption() -> Iterator[None]:
    """Hold Ctrl-C back from this thread, and for good from what it starts meanwhile.

    A process that is started would otherwise end in a traceback where it is interrupted
    before `_work`, in its imports. Windows has no such mask.
    """
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which lets the signal through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class _Reply:
    """What came of a call.

    Parameters
    ----------
    result : object, optional
    error : Exception, optional
        What it has raised in another process.
    given : sequence of (str, type), optional
        Texts and categories of its warnings there.
    """

    result: Any = None
    error: Exception | None = None
    given: Sequence[tuple[str, type[Warning]]] = ()


def _work(pipe: Connection, environment: Mapping[str, str]) -> None:
    """Do errands for the process that started this one, until it wants no more."""
    os.environ.update(environment)
    # That one is interrupted too, and stops this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def go_on() -> None:
        if pipe.poll():  # while it works, all that can come is that it shall stop
            raise StoppedError

    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while (task := pipe.recv_bytes()) != _NO_MORE:
            pipe.send_bytes(_replied(task, go_on))


def _replied(task: bytes, go_on: GoOn) -> bytes:
    """Do an errand in this process; return the reply as it is sent.

    A result that cannot be sent is an error like any other.
    """
    result, error = pickle.dumps(None), None
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            call, errand = pickle.loads(task)
            result = pickle.dumps(call(errand, go_on))
        except Exception as raised:  # noqa: BLE001 - it is raised there
            error = _sendable(raised)
    said = [(str(one.message), one.category) for one in given]
    return pickle.dumps(_Reply(result, error, said))


def _sendable(error: Exception) -> Exception:
    """Return an error as it is, or as a text if it does not survive the way."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever its class does
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _end_with_parent() -> NoReturn:
    """End this process when the one that started it has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
    os._exit(1)
