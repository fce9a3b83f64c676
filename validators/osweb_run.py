"""Run an OSWeb page in headless Chromium with real keys, and save its data file.

    python osweb_run.py PAGE KEY|mix OUTPUT [--click X,Y] [--shot PNG]

Needs the Python package playwright and Chromium. OSWeb asks for a web font outside; the
request is answered by nothing, and no other one may leave. Where texts.json lies beside
the page, all of its texts must have been drawn.
"""

import argparse
import json
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

#: Keeps what is drawn as text; OSWeb's pictures of texts are made on canvases.
LISTEN = """
window.drawnTexts = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.drawnTexts.push(text);
  return draw.call(this, text, ...rest);
};
"""


def check_texts(page: Page, folder: Path) -> int:
    """Compare what was drawn with texts.json, line by line."""
    if not (folder / "texts.json").is_file():
        return 0
    wanted = json.loads((folder / "texts.json").read_text("utf-8"))
    drawn = "".join(page.evaluate("window.drawnTexts"))
    drawn = drawn.replace("\u00a0", " ").replace(" = ", "")
    answers = [text for trial in wanted["answers"] for text in trial]
    lines = [line for text in answers for line in text.split("\n") if line]
    lost = [line for line in lines if line.replace(" = ", "") not in drawn]
    if lost or "".join(wanted["page"].split()) not in "".join(drawn.split()):
        raise SystemExit(f"{folder}: not drawn: {lost or wanted['page']}")
    return len(answers)


def answer_key(key: str, turn: int) -> str:
    """Return the key of a turn: of a mix, one for ten answers, then the other."""
    return "fj"[turn // 30 % 2] if key == "mix" else key


def main() -> None:
    """Play the whole session."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("key")
    parser.add_argument("output", type=Path)
    parser.add_argument("--click", default="")
    parser.add_argument("--shots", type=Path)
    given = parser.parse_args()
    problems: list[str] = []
    outside: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(LISTEN)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith(("file:", "data:", "blob:"))
                else outside.append(r.url)
            ),
        )
        page.route(
            lambda url: url.startswith("http"),
            lambda route: route.fulfill(body="", content_type="text/css"),
        )
        saved = []
        page.on("download", lambda download: saved.append(download))
        page.goto(given.page.resolve().as_uri())
        if given.shots:
            given.shots.mkdir(parents=True, exist_ok=True)
        for turn in range(600):
            if saved:
                break
            if given.shots and turn < 60:
                page.screenshot(path=given.shots / f"{turn:02d}.png")
            if turn % 3 == 0:
                x, y = (given.click or "640,400").split(",")
                page.mouse.click(float(x), float(y))
            is_answer = turn % 3 == 1
            page.keyboard.press(answer_key(given.key, turn) if is_answer else "Space")
            page.wait_for_timeout(200)
        if not saved:
            page.screenshot(path="osweb_stuck.png")
            raise SystemExit(f"{given.page}: no data file; {problems}")
        given.output.parent.mkdir(parents=True, exist_ok=True)
        saved[0].save_as(given.output)
        n_texts = check_texts(page, given.page.parent)
        browser.close()
    others = [url for url in outside if "fonts.g" not in url]
    # OSWeb's own page looks for its logo in a folder that it does not write.
    problems = [text for text in problems if text != "Event"]
    if problems or others:
        raise SystemExit(f"{given.page}: {problems} {others}")
    if n_texts:
        print(f"{given.page}: {n_texts} texts drawn as written")


if __name__ == "__main__":
    main()
