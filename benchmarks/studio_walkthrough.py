"""What it takes to bring one pair from photographs to checked landmarks and a preview.

A browser does what a person would, with real input events on the page of a studio:
detect, drag every landmark that is off to where it belongs (of rendered faces that is
known exactly), mark the face as checked, go to the other photograph, have the landmarks
carried there, correct these, look through the continuum. Clicks, drags and keys count.

Beside it stands the same result by an editor of numbers: every coordinate that differs
between what the detector wrote and the corrected file is one number to read off the
photograph and to type.

Seconds are those of the Keystroke-Level Model (Card, Moran & Newell 1980,
https://doi.org/10.1145/358886.358895): what the hand and the eye need at least, without
any thinking about where a landmark belongs, which both ways share.

Run it with ``python benchmarks/studio_walkthrough.py``; it needs the extra ``test`` and
Chromium.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

import morphkit as mk

PERSON, LABELS = "maja", ("happy", "distressed")
#: A landmark that is off by less stays, as a fraction of the inter-ocular distance.
GOOD_ENOUGH = 0.02
#: Seconds of the Keystroke-Level Model: mental preparation, pointing, a button or key.
THINK, POINT, BUTTON, KEY = 1.35, 1.1, 0.1, 0.28
#: What a hand still feels as at once, milliseconds.
LIMIT = 200
REGIONS = ("jaw", "brows", "nose", "eyes", "mouth")


@dataclass
class Hand:
    """A person at the page: what was done is counted.

    Parameters
    ----------
    page : Page
    """

    page: Page
    done: Counter[str] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)

    def click(self, selector: str) -> None:
        """Click something once it is there."""
        self.page.locator(selector).first.click()
        self.done["clicks"] += 1

    def key(self, name: str) -> None:
        """Press a key."""
        self.page.keyboard.press(name)
        self.done["keys"] += 1

    def drag(self, index: int, to: tuple[float, float]) -> None:
        """Drag a landmark to a place of the photograph, and wait for the preview."""
        x, y = self.on_screen(f"pane.doc.points[{index}]")
        u, v = self.on_screen(json.dumps(list(to)))
        shown = self.page.evaluate("window.studio.preview.shown || 0")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move((x + u) / 2, (y + v) / 2)
        self.page.mouse.move(u, v)
        self.page.mouse.up()
        self.done["drags"] += 1
        if self.page.evaluate("!document.getElementById('preview').hidden"):
            self.page.wait_for_function(
                "(n) => studio.preview.shown > n && !studio.preview.isBusy", arg=shown
            )
            self.late.append(float(self.page.evaluate("studio.preview.latency")))

    def on_screen(self, place: str) -> tuple[float, float]:
        """Return where a place of the photograph is seen."""
        x, y = self.page.evaluate(
            f"""() => {{
              const pane = window.studio.active;
              const box = pane.canvas.getBoundingClientRect();
              const [x, y] = pane.toScreen({place});
              return [box.left + x, box.top + y];
            }}"""
        )
        return float(x), float(y)

    @property
    def seconds(self) -> float:
        """What hand and eye need at least."""
        drag = THINK + POINT + BUTTON + POINT + BUTTON
        click = THINK + POINT + 2 * BUTTON
        done = self.done
        return done["drags"] * drag + done["clicks"] * click + done["keys"] * KEY


def correct(hand: Hand, truth: Any, length: float) -> None:
    """Drag every landmark that is off, feature by feature."""
    page = hand.page
    regions = page.evaluate("window.studio.template.regions")
    for region in REGIONS:
        points = page.evaluate("window.studio.active.doc.points")
        off = [
            i
            for i in regions[region]
            if np.hypot(*np.subtract(points[i], truth[i])) > GOOD_ENOUGH * length
        ]
        if not off:
            continue
        # The feature is shown large; Escape lets go of it, so that one moves alone.
        hand.click(f"#features button:text-is('{region}')")
        page.locator(".pane canvas").focus()
        hand.key("Escape")
        for i in off:
            hand.drag(i, tuple(truth[i]))


def saved(page: Page) -> None:
    """Wait until all is on disk."""
    page.wait_for_function(
        "() => document.getElementById('saved').textContent === 'Saved'"
    )


def walk(page: Page, address: str, landmarks: Path, truths: dict[str, Any]) -> Any:
    """Go the whole way; return the hand, and the files that the machine had written."""
    hand, written = Hand(page), {}
    page.goto(address)
    page.wait_for_selector("#faces a")
    first, second = (f"{PERSON}.{label}" for label in LABELS)
    hand.click(f'#faces a[data-id="{first}"]')
    hand.click(".pane .empty button:has-text('Detect')")
    page.wait_for_function("() => window.studio.active.doc.isPlaced")
    for name, way in ((first, "detected"), (second, "carried")):
        if name == second:
            page.wait_for_selector("#carry:not(:disabled)")
            hand.key("o")
            page.wait_for_selector("#carry-dialog[open]")
            hand.click("#carry-dialog button[value=yes]")
            page.wait_for_function("() => window.studio.active.doc.isPlaced")
        label = name.rpartition(".")[2]
        file = landmarks / f"{PERSON}_{label}.json"
        written[way] = (label, mk.read_landmarks(file).points)
        truth = truths[label]
        correct(hand, truth.points, eyes_of(truth))
        saved(page)
        page.locator(".pane canvas").focus()
        hand.key("Enter")  # checked, and on to the next
        if name == first:
            page.wait_for_function("(id) => studio.active?.doc.id === id", arg=second)
    page.wait_for_function("(id) => studio.active?.doc.id === id", arg=first)
    page.wait_for_function("() => !document.getElementById('preview').hidden")
    page.locator(".pane canvas").focus()
    for _ in range(7):
        hand.key(".")
    return hand, written


def eyes_of(landmarks: mk.Landmarks) -> float:
    """Return the inter-ocular distance, between the outer corners of the eyes."""
    a, b = landmarks.template.outer_eye_corners
    return float(np.hypot(*(landmarks.points[a] - landmarks.points[b])))


def by_numbers(written: dict[str, Any], truths: dict[str, Any]) -> Counter[str]:
    """Return what an editor of numbers takes, from the files that a detector wrote."""
    done: Counter[str] = Counter()
    for label, points in written.values():
        truth = truths[label]
        off = np.hypot(*(truth.points - points).T) > GOOD_ENOUGH * eyes_of(truth)
        for i in np.flatnonzero(off):
            changed = [
                (old, new)
                for old, new in zip(points[i], truth.points[i], strict=True)
                if f"{old:.1f}" != f"{new:.1f}"
            ]
            done["landmarks"] += 1
            done["numbers"] += len(changed)
            done["keys"] += sum(len(f"{new:.1f}") + 1 for _, new in changed)
    return done


def seconds_by_numbers(done: Counter[str]) -> float:
    """Return what hand and eye need at least: read off, find the line, mark, type."""
    each = THINK + POINT  # the place in a viewer that tells its coordinates
    each += THINK + POINT + 2 * BUTTON  # the line of the landmark in the file
    return (
        done["landmarks"] * each
        + done["numbers"] * (POINT + 4 * BUTTON)  # the number, marked by a double click
        + done["keys"] * KEY
    )


def main() -> None:
    """Print the table."""
    faces = mk.shipped_faces()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        truths = {}
        for label in LABELS:
            shutil.copy(faces / "source_faces" / f"{PERSON}_{label}.png", folder)
            file = faces / "landmarks" / f"{PERSON}_{label}.json"
            truths[label] = mk.read_landmarks(file)
        process = subprocess.Popen(
            [sys.executable, "-m", "morphkit", "studio", name, "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        address = re.search(r"http\S+", process.stdout.readline())
        assert address is not None
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(180_000)
            hand, written = walk(page, address[0], folder / "landmarks", truths)
            left = {
                label: mk.read_landmarks(folder / f"landmarks/{PERSON}_{label}.json")
                for label in LABELS
            }
        finally:
            browser.close()
            process.terminate()
            process.wait()
    show(hand, by_numbers(written, truths), written, left, truths)


def show(
    hand: Hand,
    numbers: Counter[str],
    written: dict[str, Any],
    left: dict[str, Any],
    truths: dict[str, Any],
) -> None:
    """Print what was counted."""
    for way, (label, points) in written.items():
        truth = truths[label]
        off = 100 * np.hypot(*(truth.points - points).T) / eyes_of(truth)
        now = 100 * np.hypot(*(truth.points - left[label].points).T) / eyes_of(truth)
        print(
            f"{label}: {way} with {off.mean():.1f} % of the inter-ocular distance, "
            f"{(off > 100 * GOOD_ENOUGH).sum()} of {len(off)} off by more than "
            f"{GOOD_ENOUGH:.0%}; corrected to {now.mean():.1f} %"
        )
    done = hand.done
    print(f"{'':<22}{'drags':>8}{'clicks':>8}{'keys':>8}{'numbers':>9}{'at least':>10}")
    print(
        f"{'studio':<22}{done['drags']:>8}{done['clicks']:>8}{done['keys']:>8}{0:>9}"
        f"{hand.seconds / 60:>6.1f} min"
    )
    print(
        f"{'editor of numbers':<22}{0:>8}{3 * numbers['landmarks']:>8}"
        f"{numbers['keys']:>8}{numbers['numbers']:>9}"
        f"{seconds_by_numbers(numbers) / 60:>6.1f} min"
    )
    if hand.late:
        middle = statistics.median(hand.late)
        word = "within" if middle <= LIMIT else "beyond"
        print(
            f"preview after a moved landmark: {middle:.0f} ms in the median of "
            f"{len(hand.late)} ({word} {LIMIT} ms)"
        )


if __name__ == "__main__":
    main()
