"""A lock between studios on one folder, which the system ends with its holder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from morphkit._core.locks import NO_LOCKS
from morphkit.errors import OutputError

#: Seconds to wait for another studio: a save takes a fraction of one.
PATIENCE = 10.0


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock that a file stands for; its folder must exist.

    On a drive without locks (some network drives) there is none: versions are compared
    all the same, and only two saves in the same instant are not seen.

    Parameters
    ----------
    file : Path
        Made if it is not there.

    Raises
    ------
    OutputError
        If another process does not let go of it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(file, fallback_to_soft=False)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.acquire(timeout=PATIENCE))
        except Timeout:
            raise OutputError(
                f"{file.parent.parent}: another program has been writing here for "
                f"{PATIENCE:.0f} seconds; close it, and try again"
            ) from None
        except NotImplementedError:
            pass
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise OutputError(
                    f"{file}: cannot be written ({error.strerror or error}); check the "
                    "permissions of the folder"
                ) from None
        yield
