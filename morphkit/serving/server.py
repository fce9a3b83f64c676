"""The study in browsers: its files, and one address that takes answers.

Nothing else can be asked for; answers are never handed out. A request must name this
machine as its host: by a number, or by a name it is known by. An answer must come from
the page that was handed out here.
"""

import asyncio
import hmac
import ipaddress
import json
import warnings
from collections.abc import Collection
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from morphkit._core.web_server import PRIVATE, with_headers
from morphkit.errors import OutputError
from morphkit.serving.row_file import OtherRowError, RowFile
from morphkit.serving.study import STUDY_SCRIPT, TYPES, ServedStudy, study_script

#: Most that a row may be, bytes.
LONGEST = 1 << 18
#: Most that it may take to arrive, seconds: more than a page waits for its receipt.
SLOWEST = 30.0
#: What the pages of jsPsych and lab.js need; lab.js makes functions of texts.
_POLICY = (
    "default-src 'none'; script-src 'self'{evaluates}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NOT_HERE = {"error": "there is nothing here"}


class Guard:
    """Refuses what does not come from a page of this study, or asks for another host.

    Parameters
    ----------
    app : callable
        The application behind it.
    port : int
    names : collection of str
        Names of this machine, beside numbers.
    policy : str
        What pages may load.
    """

    def __init__(
        self, app: ASGIApp, port: int, names: Collection[str], policy: str
    ) -> None:
        self._app = app
        self._port = str(port)
        self._names = {name.lower() for name in names}
        self._headers = {"Content-Security-Policy": policy, **PRIVATE}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        why = self._why_not(scope)
        answer: ASGIApp = self._app
        if why:
            answer = JSONResponse({"error": why}, status_code=403)
        await answer(scope, receive, with_headers(send, self._headers))

    def _why_not(self, scope: Scope) -> str:
        """Return why a request is refused; empty if it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        name, _, port = host.rpartition(":")
        if port != self._port or not (name in self._names or _is_number(name)):
            return "this study is not known by that name"
        origin = headers.get("origin")
        writes = scope["method"] not in ("GET", "HEAD")
        if (origin is None and writes) or origin not in (None, f"http://{host}"):
            return "this request comes from another page"
        return ""


def _is_number(name: str) -> bool:
    """Return whether a host is a number: no name server can point that elsewhere."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Pages:
    """What a study answers to requests.

    Parameters
    ----------
    study : ServedStudy
    rows : RowFile
        Where answers are kept.
    access_code : str, optional
        What every address begins with.
    """

    def __init__(
        self, study: ServedStudy, rows: RowFile, access_code: str = ""
    ) -> None:
        self._study = study
        self._rows = rows
        self._code = access_code
        self._script = study_script(study)

    def _path(self, request: Request) -> str | None:
        """Return the path behind the access code; None without it."""
        path = str(request.path_params["path"])
        if not self._code:
            return path
        code, slash, rest = path.partition("/")
        fits = hmac.compare_digest(code.encode(), self._code.encode())
        return (rest if slash else "") if fits else None

    async def hand_out(self, request: Request) -> Response:
        """Return a file of the study."""
        path, url = self._path(request), request.url
        if path == "" and not url.path.endswith("/"):
            return RedirectResponse(f"{url.path}/?{url.query}")
        file = None if path is None else self._study.files.get(path or "index.html")
        if file is None:
            return JSONResponse(_NOT_HERE, status_code=404)
        if path == STUDY_SCRIPT:
            return Response(self._script, media_type=TYPES[".js"])
        return FileResponse(file, media_type=TYPES[file.suffix])

    async def take(self, request: Request) -> Response:
        """Keep a row, and return its receipt."""
        if self._path(request) != "answers":
            return JSONResponse(_NOT_HERE, status_code=404)
        body = b""
        try:
            async with asyncio.timeout(SLOWEST):
                async for part in request.stream():
                    body += part
                    if len(body) > LONGEST:
                        return _refused(413, f"a row has at most {LONGEST} bytes")
        except ClientDisconnect:
            # A tab that was closed, or a line that broke: no matter for the terminal.
            return _refused(400, "the row did not arrive whole")
        except TimeoutError:
            return _refused(408, f"a row has to arrive in {SLOWEST:g} seconds")
        return await run_in_threadpool(_kept, self._study, self._rows, body)


def make_app(
    study: ServedStudy,
    rows: RowFile,
    *,
    port: int,
    names: Collection[str] = (),
    access_code: str = "",
) -> ASGIApp:
    """Return the application.

    Parameters
    ----------
    study : ServedStudy
    rows : RowFile
    port : int
    names : collection of str, optional
        Names of this machine, beside ``localhost`` and numbers.
    access_code : str, optional
        What every address begins with.
    """
    pages = Pages(study, rows, access_code)
    routes = [
        Route("/{path:path}", pages.hand_out, methods=["GET"]),
        Route("/{path:path}", pages.take, methods=["POST"]),
    ]
    policy = _POLICY.format(evaluates=" 'unsafe-eval'" if study.evaluates else "")
    return Guard(Starlette(routes=routes), port, {"localhost", *names}, policy)


def _kept(study: ServedStudy, rows: RowFile, body: bytes) -> Response:
    """Keep the row in a request; return the receipt, or why there is none."""
    try:
        said: Any = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return _refused(400, "this is not JSON")
    if not isinstance(said, dict) or set(said) != {"session", "row", "answer"}:
        return _refused(422, "an object with session, row and answer is needed")
    fault = study.fault(said["session"], said["row"], said["answer"])
    if fault:
        return _refused(422, fault)
    try:
        received = rows.add(said["session"], said["row"], said["answer"])
    except OtherRowError as error:
        return _refused(409, str(error))
    except OutputError as error:
        # The terminal of the laboratory is told; a participant learns no path.
        warnings.warn(str(error), UserWarning, stacklevel=1)
        return _refused(507, "the row could not be written")
    return JSONResponse({"received": received})


def _no_number(text: str) -> float:
    """Refuse what is no number in JSON."""
    raise ValueError(text)


def _refused(status: int, why: str) -> Response:
    """Return the answer to what is not taken."""
    return JSONResponse({"error": why}, status_code=status)
