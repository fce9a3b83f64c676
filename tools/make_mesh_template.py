"""Write ``morphkit/faces/templates/mesh_478.json``, the template of the mesh detector.

Run ``python tools/make_mesh_template.py`` from anywhere; it needs pip and a package
index. The triangles of the mesh come out of the wheel that `vendor_models` names. The
mirror map follows from them alone: the surface is laid over itself turned around, from
the top of the forehead outwards, triangle by triangle, and every edge must then fall on
an edge. `tests/faces/test_detect.py` compares the result with faces in mirrored
photographs.
"""

import ast
import json
import sys
import tempfile
import zipfile
from collections import defaultdict, deque
from pathlib import Path

from vendor_models import WHEEL_SHA256, check, download

CONNECTIONS = "mediapipe/python/solutions/face_mesh_connections.py"
N_MESH = 468

Edge = tuple[int, int]

# Two quadrilaterals are cut along one diagonal on the left and along the other on the
# right; cutting the left ones like the right ones makes the mesh symmetric.
RECUT = {(161, 247): (246, 30), (238, 79): (239, 20)}

# What is listed once lies in the image-left half; the other half is its mirror image.
LIPS_OUTER = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409,
              291, 375, 321, 405, 314, 17, 84, 181, 91, 146]  # fmt: skip
LIPS_INNER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415,
              308, 324, 318, 402, 317, 14, 87, 178, 88, 95]  # fmt: skip
EYE = [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7]
BROW = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46]
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378,
        400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21,
        54, 103, 67, 109]  # fmt: skip
BRIDGE = [168, 6, 197, 195, 5, 4, 1, 19, 94, 2]
NOSE_BASE = [98, 97, 2, 326, 327]
IRIS = [469, 470, 471, 472]
#: Whether each closed line runs clockwise as seen, in the order of `definition`.
CLOCKWISE = [True, True, True, False, True, False, True, False, True]
IRIS_MIRROR = {468 + i: 473 + i for i in range(5)}

MIDLINE_NAMES = {
    10: "forehead top",
    152: "chin",
    168: "nasion",
    4: "nose tip",
    2: "nose base",
    0: "upper lip top",
    13: "upper lip bottom",
    14: "lower lip top",
    17: "lower lip bottom",
}
SIDE_NAMES = {
    33: "eye outer corner",
    133: "eye inner corner",
    159: "upper lid",
    145: "lower lid",
    61: "mouth corner",
    78: "inner mouth corner",
    37: "upper lip peak",
    70: "brow outer end",
    107: "brow inner end",
    98: "nostril",
    234: "ear",
    468: "iris centre",
    469: "iris nasal",
    470: "iris top",
    471: "iris temporal",
    472: "iris bottom",
}


#: Mouth and eyes: edges from the image-left to the image-right corner.
OPENINGS = [
    {
        "name": "mouth",
        "upper": [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
        "lower": [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
    },
    {
        "name": "image-left eye",
        "upper": [33, 246, 161, 160, 159, 158, 157, 173, 133],
        "lower": [33, 7, 163, 144, 145, 153, 154, 155, 133],
    },
    {
        "name": "image-right eye",
        "upper": [362, 398, 384, 385, 386, 387, 388, 466, 263],
        "lower": [362, 382, 381, 380, 374, 373, 390, 249, 263],
    },
]


def main() -> None:
    """Read the wheel, compute and write."""
    with tempfile.TemporaryDirectory() as scratch:
        wheel = download(Path(scratch))
        check(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            edges = read_edges(archive.read(CONNECTIONS).decode("utf-8"))
    partner = mirror_map(edges)
    partner.update(IRIS_MIRROR)
    partner.update({b: a for a, b in IRIS_MIRROR.items()})
    mirror = [partner[i] for i in range(N_MESH + 10)]
    templates = Path(__file__).parents[1] / "morphkit" / "faces" / "templates"
    templates.mkdir(exist_ok=True)
    target = templates / "mesh_478.json"
    beside = target.with_name(target.name + ".part")
    beside.write_text(written(definition(mirror)), encoding="utf-8", newline="\n")
    beside.replace(target)


def read_edges(source: str) -> list[Edge]:
    """Return the edges of the tessellation, three in a row for each triangle."""
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        if ast.unparse(node.targets[0]) == "FACEMESH_TESSELATION":
            return [tuple(e) for e in ast.literal_eval(node.value.args[0])]
    sys.exit(f"{CONNECTIONS} holds no FACEMESH_TESSELATION; nothing written")


def mirror_map(edges: list[Edge]) -> dict[int, int]:
    """Return every vertex's partner: the surface laid over itself, turned around."""
    sides = triangle_sides(edges)
    partner = {10: 10, 338: 109, 109: 338}
    queue = deque([(10, 338)])
    seen = {frozenset((10, 338))}
    while queue:
        u, v = queue.popleft()
        here = sides[frozenset((u, v))]
        there = sides[frozenset((partner[u], partner[v]))]
        new = [w for w in here if w not in partner]
        free = there - {partner[w] for w in here if w in partner}
        if len(new) == 1 and len(free) == 1:
            partner[new[0]] = free.pop()
        for w in here & partner.keys():
            for edge in ((u, w), (v, w)):
                if frozenset(edge) not in seen:
                    seen.add(frozenset(edge))
                    queue.append(edge)
    check_mirror(partner, set(sides))
    return partner


def triangle_sides(edges: list[Edge]) -> dict[frozenset[int], set[int]]:
    """Return the vertices opposite to every edge, after `RECUT`."""
    triangles = {
        frozenset(e[0] for e in edges[k : k + 3]) for k in range(0, len(edges), 3)
    }
    for (a, b), (c, d) in RECUT.items():
        triangles -= {frozenset((a, b, c)), frozenset((a, b, d))}
        triangles |= {frozenset((c, d, a)), frozenset((c, d, b))}
    sides: dict[frozenset[int], set[int]] = defaultdict(set)
    for triangle in triangles:
        for w in triangle:
            sides[triangle - {w}].add(w)
    return sides


def check_mirror(partner: dict[int, int], edges: set[frozenset[int]]) -> None:
    """Stop unless the map is a symmetry of the mesh and keeps the contours."""
    faults = [i for i in range(N_MESH) if partner.get(partner.get(i, -1)) != i]
    broken = [e for e in edges if frozenset(partner[i] for i in e) not in edges]
    if faults or broken:
        sys.exit(f"the mesh has no mirror map: {faults}, {broken}; nothing written")
    for contour in (LIPS_OUTER, LIPS_INNER, OVAL, BRIDGE, NOSE_BASE):
        if {partner[i] for i in contour} != set(contour):
            sys.exit(f"the mirror map moves the contour {contour}; nothing written")


def definition(mirror: list[int]) -> dict[str, object]:
    """Return the template as `morphkit.faces.template.Template.from_dict` reads it."""
    names = [f"mesh {i}" for i in range(len(mirror))]
    for i, name in MIDLINE_NAMES.items():
        names[i] = name
    for i, name in SIDE_NAMES.items():
        names[i] = f"left {name}"
        names[mirror[i]] = f"right {name}"

    def other(line: list[int]) -> list[int]:
        return [mirror[i] for i in line]

    closed = [LIPS_OUTER, LIPS_INNER, EYE, other(EYE), BROW, other(BROW), OVAL,
              IRIS, other(IRIS)]  # fmt: skip
    opened = [BRIDGE, NOSE_BASE]
    return {
        "name": "mesh_478",
        "description": "468 points of the MediaPipe face mesh and 10 of the irises; "
        "left and right as seen in the image",
        "source": "MediaPipe 0.10.21, face_landmark and iris_landmark (Apache-2.0)",
        "points": names,
        "lines": [*closed, *opened],
        "closed": [True] * len(closed) + [False] * len(opened),
        "mirror": mirror,
        "eyes": [[468], [473]],
        "openings": OPENINGS,
        "regions": {
            "jaw": OVAL,
            "brows": [*BROW, *other(BROW)],
            "nose": [*BRIDGE, *NOSE_BASE],
            "eyes": [*EYE, *other(EYE)],
            "mouth": [*LIPS_OUTER, *LIPS_INNER],
        },
        "clockwise": CLOCKWISE,
    }


def written(data: dict[str, object]) -> str:
    """Return `data` as JSON with one key a line."""
    rows = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    main()
