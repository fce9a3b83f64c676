"""A server of a page on this machine: a socket, a ready call, and the end by Ctrl-C."""

import contextlib
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from morphkit.errors import OutputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

#: Only programs on this machine reach it.
LOOPBACK = "127.0.0.1"
#: Seconds that requests under way may take at the end.
PATIENCE = 3
#: Sent with every answer; nothing of a face stays in the cache of a browser.
PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def listening(host: str, port: int, *, remedy: str) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    host : str
        Address of this machine, of IPv4.
    port : int
        0 takes a free one.
    remedy : str
        What to do where the port is taken.

    Raises
    ------
    OutputError
        If the port is not free, or the address is none of this machine.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there, it would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OutputError(
            f"port {port} cannot be used ({error.strerror or error}); {remedy}"
        ) from None
    listener.set_inheritable(True)
    return listener


def run_until_interrupted(
    app: "ASGIApp", listener: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve an application until Ctrl-C.

    Parameters
    ----------
    app : callable
    listener : socket
    ready : callable
        Called once it answers.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    settings = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=PATIENCE,
    )
    # Ctrl-C is the end that is meant: it is raised again after the last answer.
    with contextlib.suppress(KeyboardInterrupt):
        Server(settings).run([listener])


def with_headers(send: Any, headers: dict[str, str]) -> Any:
    """Return a ``send`` of ASGI that adds headers to every answer."""
    extra = [(name.lower().encode(), text.encode()) for name, text in headers.items()]

    async def send_more(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return send_more
