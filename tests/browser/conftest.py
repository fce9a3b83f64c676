"""A browser for tests of pages; skipped where none is installed.

Needs the Python package ``playwright`` and an installed Chromium, and for a few tests
``websockets`` and an installed Firefox; nothing is downloaded. With
``MORPHKIT_REQUIRE_BROWSER=1`` a missing browser is a failure; ``MORPHKIT_CHROMIUM``
names another program than the first that is found.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest
from firefox import find_firefox, running_firefox

#: The shell first: the same engine without windows, for half the processor time.
NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def _not_here(what):
    if os.environ.get("MORPHKIT_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{what} is needed (MORPHKIT_REQUIRE_BROWSER=1) and not here")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def require():
    """Return ``require(found, what)``: what was found, else the test is skipped."""

    def look(found, what, *, is_module=False):
        if not found or (is_module and importlib.util.find_spec(found) is None):
            _not_here(what)
        return found

    return look


@pytest.fixture(scope="session")
def launch():
    """Return ``launch(*options)``, which starts a headless Chromium."""
    asked = os.environ.get("MORPHKIT_CHROMIUM")
    path = next(filter(None, map(shutil.which, [asked] if asked else NAMES)), None)
    if path is None:
        _not_here("Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _not_here("the Python package playwright")
    with sync_playwright() as driver:
        yield lambda *options: driver.chromium.launch(
            executable_path=path, args=[*OPTIONS, *options]
        )


@pytest.fixture(scope="session")
def browser(launch):
    """Return a running headless Chromium."""
    running = launch()
    yield running
    running.close()


@pytest.fixture(scope="session")
def running(require):
    """Return a running headless Firefox."""
    path = require(find_firefox(), "Firefox")
    require("websockets", "the Python package websockets", is_module=True)
    with running_firefox(path) as browser:
        yield browser


@pytest.fixture
def firefox(running):
    """Return a page of Firefox; a test that leaves an error in its console fails."""
    with running.page() as page:
        page.resize(1280, 800)
        yield page
        assert page.problems == []


@pytest.fixture(scope="session")
def axe():
    """Return what judges the accessibility of a page."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        _not_here("the Python package axe-playwright-python")
    return Axe()


class Watched:
    """A page, and everything that went wrong on it."""

    def __init__(self, page):
        self.page = page
        self.problems = []
        self.requests = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")


@pytest.fixture
def open_page(browser):
    """Return ``open_page(path_or_address, **context_options)`` -> `Watched`.

    A test that leaves a console error or an uncaught exception behind fails.
    """
    opened = []

    def open_one(target, **options):
        context = browser.new_context(**options)
        watched = Watched(context.new_page())
        opened.append((context, watched))
        address = target.resolve().as_uri() if isinstance(target, Path) else target
        watched.page.goto(address)
        return watched

    yield open_one
    problems = [p for _, watched in opened for p in watched.problems]
    for context, _ in opened:
        context.close()
    assert problems == []
