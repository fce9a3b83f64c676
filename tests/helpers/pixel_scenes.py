"""Meshes, photographs of noise, and frames of all implementations compared."""

import numpy as np

from morphkit.pixels import spec


def grid_mesh(width, height, step, rng=None):
    """Nodes and triangles of a grid over the frame; inner nodes moved by `rng`."""
    right, bottom = 256 * width - 128, 256 * height - 128
    xs = np.append(np.arange(-128, max(right - step // 2, -127), step), right)
    ys = np.append(np.arange(-128, max(bottom - step // 2, -127), step), bottom)
    nodes = np.stack(np.meshgrid(xs, ys), -1)
    if rng is not None:
        shape = nodes[1:-1, 1:-1].shape
        nodes[1:-1, 1:-1] += rng.integers(-step // 6, step // 6 + 1, shape)
    columns = len(xs)
    a = (np.arange(len(ys) - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    upper = np.stack([a, a + 1, a + columns + 1], 1)
    lower = np.stack([a, a + columns + 1, a + columns], 1)
    triangles = np.stack([upper, lower], 1).reshape(-1, 3)
    return nodes.reshape(-1, 2).astype(np.int32), triangles.astype(np.int32)


def noise(rng, height, width, dtype=np.uint8):
    return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, 3)).astype(dtype)


def light_of(module, sources, nodes, frame, triangles, weights, size, sampling):
    """Linear light of the frame, (H, W, 3) int, and the report on holes."""
    every = np.arange(spec.WHITE + 1)
    tables = (every & 255).astype(np.uint8), (every >> 8).astype(np.uint8)
    parts = []
    for table in tables:
        image = np.zeros((size[1], size[0], 3), np.uint8)
        report = module.render(
            tuple(source.samples for source in sources),
            tuple(np.ascontiguousarray(array, np.int32) for array in nodes),
            np.ascontiguousarray(frame, np.int32),
            np.ascontiguousarray(triangles, np.int32).reshape(-1, 3),
            tuple(weights),
            spec.tap_table(sampling),
            table,
            image,
            int(any(source.covers for source in sources)),
        )
        parts.append(image.astype(int))
    return parts[0] + 256 * parts[1], report


def assert_same(modules, *scene):
    """Assert that all implementations give the same light and the same holes."""
    first, report = light_of(modules[0], *scene)
    for module in modules[1:]:
        other, other_report = light_of(module, *scene)
        assert other_report == report
        if report[0] == 0:
            np.testing.assert_array_equal(other, first)
    return first, report
