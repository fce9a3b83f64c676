"""Packs of 16 bits: what is kept, and that every command reads them."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import small_study as small
from export_study import export
from repository import LANDMARKS, SOURCE_FACES

from morphkit._core.arrays import eight_bit
from morphkit.errors import InputError
from morphkit.export import FRONT_ENDS
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.images import pixel_sha256, png_bits, read_image, write_png
from morphkit.morph.settings import FinishSettings, MatchSettings, MorphSettings
from morphkit.pack.compare import compare_packs
from morphkit.pack.read import read_pack
from morphkit.pack.verify import verify_pack
from morphkit.pipeline.continuum import continuum
from morphkit.pipeline.face_files import read_face
from morphkit.pipeline.make_pack import morph_photos
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pixels.spec import decode_table, encode_table, encode_table_16
from morphkit.recipe import make_recipe

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

SIZE = (96, 96)
ENDS = ("maja_happy", "maja_distressed")


def deep(name: str) -> np.ndarray:
    """Return a face with 16 bits that hold more than 8."""
    codes = read_image(SOURCE_FACES / f"{name}.png").astype(int) * 257
    more = np.random.default_rng(len(name)).integers(-120, 121, codes.shape)
    return np.clip(codes + more, 0, 65535).astype(np.uint16)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[SourceFiles]:
    folder = tmp_path_factory.mktemp("deep")
    for name in ENDS:
        write_png(folder / f"{name}.png", deep(name))
        placed = read_landmarks(LANDMARKS / f"{name}.json")
        write_landmarks(folder / f"{name}.pts", placed)  # without the photo's hash
    return [
        SourceFiles(folder / f"{name}.png", folder / f"{name}.pts") for name in ENDS
    ]


def made(files, folder: Path, frame: dict | None = None, **parts):
    return morph_photos(
        *files,
        folder,
        n_steps=3,
        labels=("happy", "distressed"),
        size=SIZE,
        settings={"morph": {"refine": "none"}, "frame": frame or {}} | parts,
    )


@pytest.fixture(scope="module")
def packs(files, tmp_path_factory) -> dict[int, Path]:
    """A pack of 8 and one of 16 bits."""
    folder = tmp_path_factory.mktemp("packs")
    for bits in (8, 16):
        made(files, folder / str(bits), {"bit_depth": bits})
    return {bits: folder / str(bits) for bits in (8, 16)}


def frames_of(folder: Path) -> list[np.ndarray]:
    return [read_image(folder / row.file) for row in read_pack(folder).stimuli]


def test_the_table_is_the_srgb_curve_rounded():
    light = np.arange(32768) / 32767
    dark = light <= 0.0031308
    curve = np.where(dark, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    off = np.abs(encode_table_16().astype(float) - 65535 * curve)
    assert off.max() <= 0.5 + 1e-6
    assert (encode_table_16("code") == np.rint(65535 * light)).all()
    # What 8 bits become is what the other table says.
    codes = np.arange(256, dtype=np.uint8)
    again = encode_table_16()[decode_table("uint8")[codes]]
    assert (eight_bit(again) == codes).all()


def test_a_pack_of_16_bits_keeps_more_than_8(packs):
    for row in read_pack(packs[16]).stimuli:
        data = (packs[16] / row.file).read_bytes()
        assert png_bits(data) == 16
        assert pixel_sha256(read_image(packs[16] / row.file)) == row.pixel_sha256
    for first, second in zip(frames_of(packs[8]), frames_of(packs[16]), strict=True):
        assert (first.dtype, second.dtype) == (np.uint8, np.uint16)
        assert np.abs(eight_bit(second).astype(int) - first).max() <= 1
        assert (eight_bit(second) == first).mean() > 0.999
        assert np.unique(second).size > 5000  # not 8 bits times 257


def test_frames_are_the_light_of_the_engine(files):
    """Encoded once, from the samples that frames of 8 bits are encoded from."""
    faces = [read_face(f.photo, f.landmarks) for f in files]
    how = MorphSettings(align="two_point", refine="none")
    ends = [
        continuum(
            *faces, 3, size=SIZE, settings=how, finish=FinishSettings(bit_depth=b)
        )
        for b in (8, 16)
    ]
    for plain, fine in zip(ends[0].frames, ends[1].frames, strict=True):
        assert fine.dtype == np.uint16
        light = np.searchsorted(encode_table_16(), fine)
        assert (encode_table_16()[light] == fine).all()
        assert np.abs(encode_table()[light].astype(int) - plain).max() <= 1


def test_16_bits_repeat_byte_for_byte(files, packs, tmp_path):
    made(files, tmp_path / "again", {"bit_depth": 16})
    assert small.sums(tmp_path / "again") == small.sums(packs[16])


def test_8_bits_are_told_and_do_not_change(files, packs, tmp_path):
    plain = made(files, tmp_path / "plain")
    assert small.sums(tmp_path / "plain") == small.sums(packs[8])
    (said,) = (f for f in plain.findings if f.code == "bit-depth")
    assert said.severity == "note"
    assert said.message.startswith("2 16-bit photographs, 8-bit pack: ")
    assert "bit-depth" not in {f.code for f in read_pack(packs[16]).findings}
    shipped = [
        SourceFiles(SOURCE_FACES / f"{n}.png", LANDMARKS / f"{n}.json") for n in ENDS
    ]
    shallow = made(shipped, tmp_path / "shallow")
    assert "bit-depth" not in {f.code for f in shallow.findings}


@pytest.mark.parametrize(
    "frame",
    [
        {"grey": True},
        {"background": "#204060", "pad": 5},
        {"background": "mean", "feather": 0.1},
    ],
)
def test_mask_grey_padding_and_background(files, tmp_path, frame):
    """Every way to finish a frame, as with 8 bits and finer."""
    both = []
    for bits in (8, 16):
        folder = tmp_path / str(bits)
        parts = {"morph": {"refine": "none", "mask": "oval"}}
        made(files, folder, frame | {"bit_depth": bits}, **parts)
        assert not verify_pack(folder)
        both.append(frames_of(folder))
    for first, second in zip(*both, strict=True):
        assert second.dtype == np.uint16
        assert first.shape == second.shape
        assert np.abs(eight_bit(second).astype(int) - first).max() <= 1
        assert (second[0, 0] == first[0, 0].astype(int) * 257).all()


def test_blending_of_code_values(files, tmp_path):
    both = []
    for bits in (8, 16):
        parts = {"morph": {"refine": "none", "blend": "srgb"}}
        made(files, tmp_path / str(bits), {"bit_depth": bits}, **parts)
        both.append(frames_of(tmp_path / str(bits)))
    for first, second in zip(*both, strict=True):
        assert np.abs(eight_bit(second).astype(int) - first).max() <= 1


def test_photographs_matched_before(files, tmp_path):
    parts = {"match": {"method": "luminance", "over": "sources"}}
    made(files, tmp_path / "a", {"bit_depth": 16}, **parts)
    assert all(frame.dtype == np.uint16 for frame in frames_of(tmp_path / "a"))


def test_matched_frames_have_8_bits():
    data = small.recipe_data(
        frame={"bit_depth": 16}, match={"method": "luminance", "over": "frames"}
    )
    with pytest.raises(InputError, match=r'matched frames have 8 bits.*"sources"'):
        make_recipe(data)
    with pytest.raises(InputError, match="matched frames have 8 bits"):
        FinishSettings(bit_depth=16, match=MatchSettings("luminance", "frames"))
    with pytest.raises(InputError, match=r"8.*16"):
        make_recipe(small.recipe_data(frame={"bit_depth": 12}))


@pytest.mark.parametrize("bits", [8, 16])
def test_every_command_reads_the_pack(packs, files, tmp_path, bits):
    folder = packs[bits]
    assert not verify_pack(folder)
    sources = files[0].photo.parent
    shown = small.run("reproduce", folder, "--sources", sources)
    assert shown.exit_code == 0, shown.output
    assert "3 of 3 images identical" in shown.stdout
    for name in ("check", "report"):
        out = ("--output", tmp_path / "r.html") if name == "report" else ()
        assert small.run(name, folder, *out).exit_code == 0
    assert (folder / "materials/preview/contact_sheet.png").is_file()


def test_changed_pixels_of_16_bits_are_found(packs, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(packs[16], copy)
    row = read_pack(copy).stimuli[1]
    frame = read_image(copy / row.file).copy()
    frame[40, 40, 1] ^= 1  # less than 8 bits show
    write_png(copy / row.file, frame, overwrite=True)
    assert [f.code for f in verify_pack(copy)] == ["changed-file"]
    assert pixel_sha256(frame) != row.pixel_sha256
    seen = small.run("check", copy)
    assert seen.exit_code == 4
    assert "[changed-pixels]" in seen.stdout


def test_packs_of_both_depths_are_compared(packs):
    found = compare_packs(packs[8], packs[16])
    assert len(found.images) == 3
    assert all(0 < image.mean < 0.6 for image in found.images)


#: Front ends whose images are for archives, not for a screen.
ARCHIVES = {"bids", "psych_ds", "media", "video"}


@pytest.mark.parametrize("name", [n for n in FRONT_ENDS if n not in ARCHIVES])
def test_what_is_shown_has_8_bits(packs, tmp_path, name):
    """And is the pack's image rounded, wherever an adapter puts it."""
    from morphkit.experiment.designs import DESIGNS

    rows = read_pack(packs[16]).stimuli
    design = DESIGNS["categorisation"].make(rows, seed=2, repeats=1, practice=0)
    shown = design if FRONT_ENDS[name].shows_trials else None
    out = tmp_path / "out"
    export(packs[16], name, out, shown, approval="test")
    seen = 0
    for picture, data in pictures_in(out):
        row = next((r for r in rows if r.stimulus_id == Path(picture).stem), None)
        if row is None:
            continue
        seen += 1
        want = eight_bit(read_image(packs[16] / row.file))
        (tmp_path / "seen.png").write_bytes(data)
        assert png_bits(data) == 8
        assert (read_image(tmp_path / "seen.png") == want).all()
    assert seen >= len(rows)


def pictures_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every PNG of an export, in archives too."""
    for file in folder.rglob("*"):
        if file.suffix == ".png":
            yield file.name, file.read_bytes()
        elif file.suffix in (".jzip", ".zip"):
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    if name.endswith(".png"):
                        yield name, archive.read(name)
        elif file.suffix == ".osexp":
            with tarfile.open(file) as archive:
                for member in archive:
                    if member.name.endswith(".png"):
                        yield member.name, archive.extractfile(member).read()


def test_archives_keep_16_bits(packs, tmp_path):
    out = tmp_path / "out"
    export(packs[16], "bids", out, None, approval="test")
    pictures = sorted(out.rglob("*.png"))
    assert len(pictures) == 3
    assert all(png_bits(p.read_bytes()) == 16 for p in pictures)
