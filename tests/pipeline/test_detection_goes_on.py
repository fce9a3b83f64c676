"""Delineation of a set that was stopped does what is left, and nothing twice."""

import json
import shutil
from pathlib import Path

import pytest
from small_study import FACES

import morphkit as mk
from morphkit._core.journal import NAME
from morphkit.errors import OutputError
from morphkit.pipeline.delineate import detect as delineating
from morphkit.pipeline.delineate.detection_jobs import Settings

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

PHOTOS = ("maja_happy", "nilo_happy", "oona_happy")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with photographs."""
    (tmp_path / "photos").mkdir()
    for name in PHOTOS:
        shutil.copy(FACES / f"{name}.png", tmp_path / "photos")
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by every photograph that is looked at."""
    found: list[str] = []
    real = delineating.detect

    def counting(*arguments: object, **named: object) -> object:
        found.append(Path(str(named["where"])).stem)
        return real(*arguments, **named)

    monkeypatch.setattr(delineating, "detect", counting)
    return found


def detect(place: Path, **settings: object) -> delineating.Delineation:
    stop = settings.pop("stop_at", None)

    def advance(name: str) -> None:
        if name == stop:
            raise KeyboardInterrupt

    return mk.delineate_photos(
        [place / "photos"],
        place / "marks",
        overlay=place / "look",
        settings=Settings(**settings),
        agreement=False,
        progress=mk.Progress(advance=advance),
    )


def test_what_was_done_is_not_done_again(place: Path, seen: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        detect(place, stop_at="nilo_happy.png")
    assert seen == list(PHOTOS[:2])
    found = detect(place)
    assert seen == list(PHOTOS)
    whole = mk.delineate_photos([place / "photos"], place / "whole", agreement=False)
    assert [one.to_dict()["box"] for one in found.done] == [
        one.to_dict()["box"] for one in whole.done
    ]
    assert {file.name: file.read_bytes() for file in (place / "marks").iterdir()} == {
        file.name: file.read_bytes() for file in (place / "whole").iterdir()
    }
    assert len([*(place / "look").iterdir()]) == 3
    with pytest.raises(OutputError, match="already exists"):  # all of it is done
        detect(place)


def test_photographs_that_could_not_be_used_are_tried_again(
    place: Path, seen: list[str]
) -> None:
    good = (place / "photos" / "nilo_happy.png").read_bytes()
    (place / "photos" / "nilo_happy.png").write_bytes(good[:1000])
    assert len(detect(place).errors) == 1
    (place / "photos" / "nilo_happy.png").write_bytes(good)
    found = detect(place)
    assert (len(found.done), found.errors) == (3, ())
    assert seen == ["maja_happy", "oona_happy", "nilo_happy"]
    assert not (place / "marks" / NAME).exists()


@pytest.mark.parametrize("change", ["hand", "photo", "missing", "half a line"])
def test_only_what_is_as_it_was_made_counts_as_done(
    change: str, place: Path, seen: list[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        detect(place, stop_at="nilo_happy.png")
    marks = place / "marks" / "maja_happy.json"
    if change == "hand":  # what somebody has corrected is never replaced
        data = json.loads(marks.read_text("utf-8"))
        data["points"][0][0] += 1
        marks.write_text(json.dumps(data), "utf-8")
        with pytest.raises(OutputError, match=r"maja_happy\.json: already exists"):
            detect(place)
        assert seen == list(PHOTOS[:2])
        return
    if change == "photo":
        shutil.copy(FACES / "pavo_happy.png", place / "photos" / "maja_happy.png")
    elif change == "missing":
        marks.unlink()
    else:
        journal = place / "marks" / NAME
        journal.write_bytes(journal.read_bytes()[:-40])
        (place / "marks" / "nilo_happy.json").unlink()
        (place / "look" / "nilo_happy_landmarks.png").unlink()
    detect(place)
    again = {"half a line": "nilo_happy"}.get(change, "maja_happy")
    assert sorted(seen[2:]) == sorted([again, "oona_happy"])


def test_other_settings_are_another_command(place: Path, seen: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        detect(place, stop_at="nilo_happy.png")
    with pytest.raises(OutputError, match="already exists"):
        detect(place, face=1)
    detect(place, face=1, overwrite=True)
    assert seen == [*PHOTOS[:2], *PHOTOS]
