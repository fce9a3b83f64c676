"""Work of the studio in the background: one piece at a time, with its progress."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from morphkit._core.progress import Progress
from morphkit.errors import InputError, MorphkitError
from morphkit.faces.detectors.choice import SeveralFacesError

#: What is done, by whom it is about, one after the other.
Units = Sequence[tuple[str, Callable[[], None]]]


class StoppedError(MorphkitError):
    """Work was given up because other work begins, or the studio ends."""


class Work:
    """One piece of work in the background, unit by unit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._title = self._stage = ""
        self._done = self._total = 0
        self._errors: list[dict[str, Any]] = []
        self._stopped = self._gives_way = False

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, title: str, units: Units, *, gives_way: bool = False) -> None:
        """Begin work.

        Parameters
        ----------
        title : str
        units : sequence of (str, callable)
            What each is about, and what does it.
        gives_way : bool, optional
            Whether other work may end it after its present unit.

        Raises
        ------
        InputError
            If other work is not done yet that does not give way.
        """
        with self._lock:
            self._make_way()
            self._title, self._done, self._total = title, 0, len(units)
            self._stage = ""
            self._errors, self._stopped, self._gives_way = [], False, gives_way
            self._thread = threading.Thread(
                target=self._run, args=(units,), daemon=True
            )
            self._thread.start()

    def make_way(self) -> None:
        """End work that gives way.

        Raises
        ------
        InputError
            If work is not done yet that does not.
        """
        with self._lock:
            self._make_way()

    def _make_way(self) -> None:
        """End work that gives way, with the lock held."""
        if self.is_busy and self._gives_way:
            self._finish()
        if self.is_busy:
            raise InputError(
                f"{self._title.lower()} is not finished yet",
                remedy="wait until it is",
            )

    def stop(self) -> None:
        """Stop after the present unit, and wait for it."""
        with self._lock:
            self._finish()

    def _finish(self) -> None:
        """End what is being done after its present unit."""
        self._stopped = True
        if self._thread is not None:
            self._thread.join(timeout=30)

    @property
    def progress(self) -> Progress:
        """Callbacks of a unit that has stages of its own; they end it when asked to."""

        def stage(text: str, total: int) -> None:
            self._stop_here()
            self._stage, self._done, self._total = text, 0, total

        def advance(text: str) -> None:
            self._stop_here()
            self._done = min(self._done + 1, self._total)

        return Progress(stage, advance)

    def _stop_here(self) -> None:
        """End a unit in its midst.

        Raises
        ------
        StoppedError
            If that was asked for.
        """
        if self._stopped:
            raise StoppedError(f"{self._title.lower()} was stopped")

    def to_dict(self) -> dict[str, object]:
        """Return how far it is."""
        return {
            "busy": self.is_busy,
            "title": self._title,
            "stage": self._stage,
            "done": self._done,
            "total": self._total,
            "errors": list(self._errors),
        }

    def _run(self, units: Units) -> None:
        """Do the units; one that fails does not keep the others from being done."""
        for name, run in units:
            if self._stopped:
                return
            try:
                run()
            except MorphkitError as error:
                told: dict[str, Any] = {"id": name, "message": str(error)}
                if isinstance(error, SeveralFacesError):
                    told["faces"] = [list(box) for box in error.boxes]
                self._errors.append(told)
            self._done = min(self._done + 1, self._total)
