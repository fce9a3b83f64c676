"""Threads inside the C extension: as many as are allowed, and the same bits.

Bands of small and adversarial scenes are compared everywhere else in this folder: there
the plain build works in three threads.
"""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from pixel_scenes import grid_mesh, noise

from morphkit.errors import InputError
from morphkit.pixels import (
    RenderJob,
    Source,
    cover_of,
    encode_png,
    implementation,
    render,
)
from morphkit.pixels.backend import THREADS, allowed_threads

TASKS = Path("/proc/self/task")


@pytest.fixture
def threads(native):
    """How the extension is told to use threads; afterwards it uses its own number."""
    implementation()  # chosen first: with the choice goes the number
    yield native.use_threads
    native.use_threads(allowed_threads())


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["plain", "level"])
def test_frames_and_files_are_the_same_with_any_number_of_threads(threads, detail):
    rng = np.random.default_rng(8)
    size = (500, 431)
    frame, triangles = grid_mesh(*size, 8 * 256, rng)
    nodes = [frame + rng.integers(-900, 900, frame.shape) for _ in range(2)]
    square = np.array([[60, 50], [400, 90], [300, 300], [80, 390]], np.int32) * 256
    cover = cover_of([square], size, (4096, 8192, 4096))
    photos = [noise(rng, size[1], size[0]) for _ in range(2)]
    sources = [Source(photos[0], cover=cover), Source(photos[1])]
    scene = sources, nodes, frame, triangles, (6000, 10384), size
    job = RenderJob(*scene, detail=detail, behind=40, shaded=True)
    found = {}
    for count in (1, 2, 3, 4, 5, 8, 200):
        threads(count, 1)
        image = render(job)
        found[count] = image.tobytes(), encode_png(image)
    assert all(pair == found[1] for pair in found.values())


def test_holes_are_counted_over_all_bands(threads):
    corners = np.array([[-128, -128], [127872, -128], [-128, 127872]], np.int32)
    photo = Source(noise(np.random.default_rng(3), 500, 500))
    job = RenderJob([photo], [corners], corners, [[0, 1, 2]], [16384], (500, 500))
    messages = set()
    for count in (1, 2, 7):
        threads(count, 1)
        with pytest.raises(InputError, match="pixels of the frame are in no") as caught:
            render(job)
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.skipif(not TASKS.is_dir(), reason="no list of threads")
def test_calls_at_the_same_time_share_the_threads(threads):
    rng = np.random.default_rng(4)
    image = noise(rng, 1500, 1500)
    threads(4)
    expected = encode_png(image)
    before = len(list(TASKS.iterdir()))
    results = []
    calls = [
        threading.Thread(target=lambda: results.append(encode_png(image)))
        for _ in range(4)
    ]
    for call in calls:
        call.start()
    most = 0
    while any(call.is_alive() for call in calls):
        most = max(most, len(list(TASKS.iterdir())))
    for call in calls:
        call.join()
    assert results == [expected] * 4
    # four calls, with three more threads for the first and one for the second
    assert before < most <= before + 4 + 4


@pytest.mark.parametrize("wish", ["0", "-1", "two", "1.5", "1025"])
def test_a_number_of_threads_that_is_none_is_refused(monkeypatch, wish):
    monkeypatch.setenv(THREADS, wish)
    with pytest.raises(InputError, match=r"MORPHKIT_THREADS.*1 to 1024"):
        allowed_threads()


def test_the_number_of_threads_is_asked_of_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.setenv(THREADS, "3")
    assert allowed_threads() == 3
    monkeypatch.delenv(THREADS)
    assert allowed_threads() == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")  # by level of nesting
    assert 1 <= allowed_threads() <= os.cpu_count()
