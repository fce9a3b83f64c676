"""Work on several items at once, in threads, with results in the order of the items.

What takes time here (NumPy, OpenCV, the pixel engine) leaves Python's lock, so that
threads use the cores without a copy of the photographs for each.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class StoppedError(Exception):
    """Other work has failed, or was interrupted."""


def work_on(
    items: Iterable[Item],
    make: Callable[[Item, Callable[[str], None]], Result],
    *,
    jobs: int,
    advance: Callable[[str], None] = lambda text: None,
) -> list[Result]:
    """Return what is made of every item, in their order.

    Parameters
    ----------
    items : iterable
    make : callable
        ``make(item, advance)``, called in a thread; any call of ``advance`` ends it
        where other work has failed.
    jobs : int
        Items at once, 1 or more.
    advance : callable, optional
        Called with what ``make`` tells.

    Raises
    ------
    BaseException
        The first failure, in the order of the items. What has begun is stopped or
        waited for; nothing else begins.

    Examples
    --------
    >>> work_on("abc", lambda letter, advance: letter.upper(), jobs=2)
    ['A', 'B', 'C']
    """
    stopping = threading.Event()

    def go_on(text: str) -> None:
        if stopping.is_set():
            raise StoppedError
        advance(text)

    def run(item: Item) -> Result:
        if stopping.is_set():
            raise StoppedError
        return make(item, go_on)

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        tasks = [pool.submit(run, item) for item in items]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            stopping.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def made_ahead(
    items: Iterable[Item], make: Callable[[Item], Result], *, jobs: int
) -> Iterator[tuple[Item, Result]]:
    """Yield every item and what is made of it, in order; the next are in the making.

    Parameters
    ----------
    items : iterable
    make : callable
        ``make(item)``, called in a thread if there are several jobs.
    jobs : int
        Items made at once, 1 or more; no more than these are kept.

    Examples
    --------
    >>> list(made_ahead("abc", str.upper, jobs=2))
    [('a', 'A'), ('b', 'B'), ('c', 'C')]
    """
    if jobs <= 1:
        for item in items:
            yield item, make(item)
        return
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting: deque[tuple[Item, Future[Result]]] = deque()
        try:
            for item in items:
                waiting.append((item, pool.submit(make, item)))
                if len(waiting) == jobs:
                    first, task = waiting.popleft()
                    yield first, task.result()
            while waiting:
                first, task = waiting.popleft()
                yield first, task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
