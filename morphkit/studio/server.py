"""The studio in a browser: an application on the loopback interface of one machine.

What a browser must know is a key. The address that opens the page carries a token that
buys it once; from then on every request carries the key in a header, which no other
page can read or send. Requests for another host, or from another origin, are refused,
so that no page elsewhere reaches the studio under a borrowed name.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from morphkit._core.web_server import PRIVATE, with_headers
from morphkit.errors import MorphkitError
from morphkit.studio.api import Picture, Studio
from morphkit.studio.documents import ConflictError
from morphkit.studio.templates import DraftConflictError

#: Header with the key.
KEY = "x-studio-key"
#: Header with the version of a landmark file.
VERSION = "if-match"
#: Most that a request may carry, bytes.
LONGEST = 8 << 20
#: Files of the page by the end of their names.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
#: Sent with every answer.
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    **PRIVATE,
}


class Keys:
    """The token that opens a studio once, and the key that it buys."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._key = secrets.token_urlsafe(32)
        self._is_spent = False

    def buy(self, token: str) -> str | None:
        """Return the key for the token; None for another one, or a second time."""
        fits = hmac.compare_digest(token.encode(), self.token.encode())
        if not fits or self._is_spent:
            return None
        self._is_spent = True
        return self._key

    def fits(self, key: str) -> bool:
        """Return whether a request knows the key."""
        return hmac.compare_digest(key.encode(), self._key.encode())


class Guard:
    """Refuses what does not come from the page of this studio.

    Parameters
    ----------
    app : callable
        The application behind it.
    keys : Keys
    port : int
        Port of the studio.
    """

    def __init__(self, app: ASGIApp, keys: Keys, port: int) -> None:
        self._app = app
        self._keys = keys
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        why = self._why_not(scope)
        answer: ASGIApp = self._app
        if why:
            answer = JSONResponse({"error": why}, status_code=403)

        await answer(scope, receive, with_headers(send, ALWAYS))

    def _why_not(self, scope: Scope) -> str:
        """Return why a request is refused; empty if it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return "this studio answers on 127.0.0.1 and localhost only"
        origin = headers.get("origin")
        writes = scope["method"] not in ("GET", "HEAD")
        if (origin is None and writes) or origin not in (None, f"http://{host}"):
            return "this request comes from another page"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "this request comes from another page"
        path = scope["path"]
        if not path.startswith("/api/") or path == "/api/key":
            return ""
        if not self._keys.fits(headers.get(KEY, "")):
            return (
                "this studio is opened by the address that it printed when it was "
                "started; start it again for another browser"
            )
        return ""


def make_app(studio: Studio, keys: Keys, port: int) -> ASGIApp:
    """Return the application.

    Parameters
    ----------
    studio : Studio
    keys : Keys
    port : int
        Port that it is served on.
    """
    routes = [
        *_api_routes(studio, keys),
        Route("/{name:path}", _page, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes), keys, port)


def _api_routes(studio: Studio, keys: Keys) -> list[Route]:
    """Return the routes of the API."""

    def key(data: Any) -> Response:
        bought = keys.buy(str(_field(data, "token")))
        if bought is None:
            why = "this address has been used; start the studio again for a new one"
            return JSONResponse({"error": why}, status_code=403)
        return JSONResponse({"key": bought})

    def save(data: Any, name: str, version: str) -> Any:
        return studio.save(name, version, data)

    def mark(data: Any, name: str, version: str) -> Any:
        return studio.mark(name, version, checked=bool(_field(data, "checked")))

    def detect(data: Any) -> Any:
        number = data.get("number")
        return studio.detect(
            [str(name) for name in _field(data, "faces")],
            number=int(number) if number else None,
            again=bool(data.get("again")),
            unless_touched=bool(data.get("unless_touched")),
        )

    def carry(data: Any) -> Any:
        return studio.carry(
            [str(name) for name in _field(data, "faces")],
            source=str(data.get("source", "")),
            again=bool(data.get("again")),
        )

    def choose(data: Any) -> Any:
        return studio.choose_set(str(_field(data, "name")))

    def preview(data: Any) -> Any:
        return studio.preview(
            str(_field(data, "continuum")),
            int(_field(data, "step")),
            moved=data.get("moved", {}),
            full=bool(data.get("full")),
        )

    face = "/api/faces/{name}"
    return [
        Route("/api/key", _post(key), methods=["POST"]),
        Route("/api/study", _get(studio.overview)),
        Route("/api/work", _get(studio.work)),
        Route("/api/compare", _post(lambda data: studio.compare()), methods=["POST"]),
        Route("/api/detect", _post(detect), methods=["POST"]),
        Route("/api/train", _post(lambda data: studio.train()), methods=["POST"]),
        Route("/api/carry", _post(carry), methods=["POST"]),
        Route("/api/preview", _post(preview), methods=["POST"]),
        Route("/api/set", _post(choose), methods=["POST"]),
        *_template_routes(studio),
        Route(face, _get(studio.face)),
        Route(f"{face}/picture", _get(studio.picture)),
        Route(f"{face}/thumbnail", _get(studio.thumbnail)),
        Route(f"{face}/landmarks", _post(save, versioned=True), methods=["PUT"]),
        Route(f"{face}/checked", _post(mark, versioned=True), methods=["PUT"]),
        Route(
            f"{face}/findings",
            _post(lambda data, name: studio.check(name, data)),
            methods=["POST"],
        ),
        Route(
            f"{face}/start",
            _post(lambda data, name: studio.start(name, _field(data, "clicks"))),
            methods=["POST"],
        ),
    ]


def _template_routes(studio: Studio) -> list[Route]:
    """Return the routes of a template in the making."""

    def draft() -> Any:
        return studio.templates.draft()

    def keep_draft(data: Any, version: str) -> Any:
        return studio.templates.keep(version, data)

    def examine(data: Any) -> Any:
        return studio.templates.examine(data)

    def mirror(data: Any) -> Any:
        return studio.templates.mirror(data)

    def edges(data: Any) -> Any:
        return studio.templates.edges(
            _field(data, "draft"), str(_field(data, "name")), _field(data, "points")
        )

    def write_template(data: Any) -> Any:
        replace = bool(data.get("replace"))
        return studio.templates.write(_field(data, "draft"), replace=replace)

    def copy(name: str) -> Any:
        return studio.templates.copy(name)

    path = "/api/template"
    return [
        Route(path, _get(draft)),
        Route(path, _post(keep_draft, versioned=True), methods=["PUT"]),
        Route(f"{path}/findings", _post(examine), methods=["POST"]),
        Route(f"{path}/mirror", _post(mirror), methods=["POST"]),
        Route(f"{path}/edges", _post(edges), methods=["POST"]),
        Route(f"{path}/file", _post(write_template), methods=["POST"]),
        Route(f"{path}/copy/{{name}}", _get(copy)),
    ]


def _get(run: Callable[..., Any]) -> Callable[[Request], Any]:
    """Return an endpoint that reads."""

    async def endpoint(request: Request) -> Response:
        return await _answered(partial(run, **request.path_params))

    return endpoint


def _post(
    run: Callable[..., Any], *, versioned: bool = False
) -> Callable[[Request], Any]:
    """Return an endpoint that takes JSON and, for files, the version it is about."""

    async def endpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST:
                return JSONResponse({"error": "too much at once"}, status_code=413)
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            return JSONResponse({"error": "this is not JSON"}, status_code=400)
        options: dict[str, Any] = dict(request.path_params)
        if versioned:
            version = request.headers.get(VERSION, "").strip('"')
            if not version:
                return JSONResponse(
                    {"error": "a change names the version that it was made from"},
                    status_code=428,
                )
            options["version"] = version
        return await _answered(partial(run, data, **options))

    return endpoint


async def _answered(run: Callable[[], Any]) -> Response:
    """Return the answer of the API, or its error."""
    try:
        found = await run_in_threadpool(run)
    except ConflictError as error:
        now = {"error": str(error), "now": error.document.to_dict()}
        return JSONResponse(now, status_code=409)
    except DraftConflictError as error:
        now = {"error": str(error), "now": error.now.to_dict()}
        return JSONResponse(now, status_code=409)
    except (MorphkitError, ValueError, TypeError, KeyError) as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    if isinstance(found, Response):
        return found
    if isinstance(found, Picture):
        return Response(found.data, media_type="image/png")
    headers = {}
    if isinstance(found, dict) and "version" in found:
        headers["ETag"] = f'"{found["version"]}"'
    return JSONResponse(found, headers=headers)


def _field(data: Mapping[str, Any], name: str) -> Any:
    """Return a field of a request."""
    if name not in data:
        raise ValueError(f'"{name}" is missing')
    return data[name]


def _files() -> dict[str, bytes]:
    """Return the files of the page by name."""
    folder = resources.files("morphkit.studio") / "pages"
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.name.endswith(tuple(TYPES))
    }


async def _page(request: Request) -> Response:
    """Return a file of the page; nothing but these files can be asked for."""
    name = request.path_params["name"] or "index.html"
    data = (await run_in_threadpool(_files)).get(name)
    if data is None:
        return JSONResponse({"error": "there is no such page"}, status_code=404)
    kind = next(TYPES[end] for end in TYPES if name.endswith(end))
    return Response(data, media_type=kind)
