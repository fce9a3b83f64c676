"""Opening the studio: a free port, a browser, and the end by Ctrl-C."""

import contextlib
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from morphkit.errors import OutputError
from morphkit.studio.api import Studio
from morphkit.studio.study import find_study

#: Seconds that requests under way may take at the end.
PATIENCE = 3
#: Only programs on this machine reach it.
HOST = "127.0.0.1"


def open_studio(
    sources: str | Path | Sequence[str | Path] = (),
    *,
    landmarks: str | Path | None = None,
    template: str | Path | None = None,
    port: int = 0,
    browser: bool = True,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Open the landmark studio, a page in the browser, and serve it until Ctrl-C.

    It answers on the loopback interface alone. Every correction is saved as it is made.

    Parameters
    ----------
    sources : str, Path or sequence of them, optional
        A recipe, the folder of a study, or photographs and folders of them; nothing
        for the study in the working directory.
    landmarks : str or Path, optional
        Folder of the landmark files of photographs; by default ``landmarks`` beside
        them. A recipe says where its landmarks are.
    template : str or Path, optional
        Landmark set of photographs; by default what their landmark files have, else
        ``ibug_68``.
    port : int, optional
        Port; 0 takes a free one.
    browser : bool, optional
        Open the browser.
    ready : callable, optional
        Called with the address once the studio answers. It opens the studio once.

    Raises
    ------
    InputError
        If there is nothing of the kind.
    OutputError
        If the port is not free.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.open_studio("study.toml")  # doctest: +SKIP
    """
    import uvicorn

    from morphkit.studio.server import Keys, make_app

    given = [sources] if isinstance(sources, str | Path) else list(sources)
    study = find_study(
        [Path(one) for one in given],
        landmarks=None if landmarks is None else Path(landmarks),
        template=template,
    )
    keys, studio = Keys(), Studio(study)
    with _listening(port) as listener:
        port = int(listener.getsockname()[1])
        address = f"http://{HOST}:{port}/#token={keys.token}"

        class Server(uvicorn.Server):
            """Says when it answers."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                ready(address)
                if browser:  # one in the terminal does not return
                    opening = threading.Thread(target=webbrowser.open, args=(address,))
                    opening.daemon = True
                    opening.start()

        settings = uvicorn.Config(
            make_app(studio, keys, port),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=PATIENCE,
        )
        try:
            # Ctrl-C is the end that is meant: it is raised again after the last answer.
            with contextlib.suppress(KeyboardInterrupt):
                Server(settings).run([listener])
        finally:
            studio.close()


def _listening(port: int) -> socket.socket:
    """Return a socket that listens on the loopback interface.

    Raises
    ------
    OutputError
        If the port is not free.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there, it would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise OutputError(
            f"port {port} cannot be used ({error.strerror or error}); leave out --port "
            "to take a free one"
        ) from None
    listener.set_inheritable(True)
    return listener
