"""The text files of a pack: its documentation for people and programs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from morphkit._core.text import counted
from morphkit.pack import layout
from morphkit.pack.layout import TABLE_FILES
from morphkit.pack.model import Pack
from morphkit.pack.older import LAYOUT
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import OPTIONAL, PACK_SCHEMA, TABLES
from morphkit.pack.tables import R, format_table
from morphkit.recipe import PackPart, Recipe

_LICENCE_PAGES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-SA-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
}


def to_json(data: Any) -> str:
    """Return data as deterministic JSON text."""
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def texts(pack: Pack) -> dict[str, str]:
    """Return every text file of a pack except the manifest, by path in the pack."""
    part = pack.recipe.pack
    return tables(pack) | {
        layout.RECIPE: pack.recipe_toml,
        layout.CHECKS: to_json(checks(pack)),
        layout.DESCRIPTION: to_json(dataset_description(pack, part)),
        layout.README: readme(pack, part),
        layout.LICENCE: licence_text(part),
        layout.CITATION: citation(part),
    }


def tables(pack: Pack) -> dict[str, str]:
    """Return the text of every table of a pack, by path in the pack."""
    read = pack.tables_as_read.get

    def text(name: str, kind: type[R], rows: Iterable[R]) -> str:
        return format_table(kind, rows, as_read=read(name, ""))

    texts = {
        "identities": text("identities", IdentityRow, pack.identities),
        "continua": text("continua", ContinuumRow, pack.continua),
        "stimuli": text("stimuli", Stimulus, pack.stimuli),
    }
    if pack.norms:
        texts["norms"] = text("norms", NormRow, pack.norms)
    return {TABLE_FILES[name]: text for name, text in texts.items()}


def checks(pack: Pack) -> dict[str, Any]:
    """Return findings and scores as a JSON object."""
    return {
        "schema": 1,
        "findings": [finding.to_dict() for finding in pack.findings],
        "scores": pack.scores,
    }


def dataset_description(pack: Pack, part: PackPart) -> dict[str, Any]:
    """Return the schema.org description that Psych-DS asks for."""
    columns = {
        column.name: column.description
        for name, table in TABLES.items()
        if name not in OPTIONAL or pack.norms
        for column in table.columns
    }
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": part.title or part.name,
        "description": part.description
        or f"Face-morph continua: {_continua(pack)} with {_images(pack)}",
        "version": part.version,
        "license": licence_page(part),
        "author": [{"@type": "Person", "name": name} for name in part.creators],
        "keywords": list(part.keywords) or ["face morph", "stimuli"],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": text}
            for name, text in sorted(columns.items())
        ],
    }


def licence_page(part: PackPart) -> str:
    """Return the address of a licence, or its name where none is known."""
    return _LICENCE_PAGES.get(part.licence, part.licence)


def readme(pack: Pack, part: PackPart) -> str:
    """Return the README of a pack."""
    lines = [
        f"# {part.title or part.name}",
        "",
        part.description
        or "Face-morph continua: images at known levels between two expressions.",
        "",
        f"Version {part.version}, {_images(pack)} in {_continua(pack)}, made with "
        f"morphkit {pack.software['morphkit']}.",
        "",
        "| continuum | from | to | images |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row.continuum_id} | {row.from_label} | {row.to_label} | {row.n_steps} |"
        for row in pack.continua
    ]
    meshes = [
        f"- `{layout.CORRESPONDENCE}/`: the frozen meshes that the images are rendered "
        "from"
    ]
    again = "renders the images again and compares their pixels."
    if pack.public:
        meshes = []
        again = "makes the images again where the photographs are."
    about = matched(pack.recipe)
    norms = [f"- `{TABLE_FILES['norms']}`: ratings of the images"] if pack.norms else []
    lines += ["", f"**Matched.** {about}"] if about else []
    lines += [
        "",
        "## Contents",
        "",
        f"- `{layout.STIMULI}/`: the images, one folder for each identity",
        f"- `{TABLE_FILES['stimuli']}`: one row for each image, with its level "
        "(0 is the first label, 1 the second)",
        f"- `{TABLE_FILES['continua']}`, "
        f"`{TABLE_FILES['identities']}`: one row for each continuum, identity",
        *norms,
        f"- `{layout.REPORT}`: images, plots and findings, for a browser",
        f"- `{layout.RECIPE}`: the complete recipe, every default written out",
        *meshes,
        "",
        "`morphkit verify` checks that no file has changed; `morphkit reproduce` "
        f"{again}",
        "",
        "## What this pack reveals",
        "",
        *reveals(pack),
        "",
        f"Licence: {part.licence}, see {layout.LICENCE}. Consent is recorded for every "
        "identity in the table of identities.",
    ]
    return "\n".join(lines) + "\n"


def reveals(pack: Pack) -> Iterator[str]:
    """Yield the paragraphs on what a pack reveals of its photographs."""
    kept = (
        "as they are, pixel for pixel where nothing is masked, matched or grey"
        if pack.recipe.align.method == "none"
        else "in the frame of the set"
    )
    if any(row.kind == "endpoint" for row in pack.stimuli):
        yield (
            "Images at level 0 and level 1 are the photographs themselves, "
            f"{kept}; only faces that the recipe makes from several photographs are "
            "not. Whoever has this pack has them."
        )
    else:
        yield (
            "No image shows a photograph as it is; those near level 0 and level 1 come "
            "close, and show the same person."
        )
    yield ""
    if pack.public:
        yield (
            "This is a public copy: the hashes of the files of photographs, the "
            "landmarks placed on them, the meshes that follow from these and the names "
            "of folders are left out. Images and levels are those of the pack that it "
            "is a copy of."
        )
        if pack.left_out:
            yield (
                f"It does not show {counted(pack.left_out, 'identity', 'identities')} "
                "of that pack."
            )
    else:
        yield (
            "It also holds the SHA-256 of the file of every photograph, by which that "
            "file can be recognised, and the landmarks of every face, so that the set "
            "can be made again. Give it only to people who may have the photographs; "
            "for everybody else `morphkit publish` makes a copy without them."
        )


def _images(pack: Pack) -> str:
    return counted(len(pack.stimuli), "image")


def _continua(pack: Pack) -> str:
    return counted(len(pack.continua), "continuum", "continua")


def matched(recipe: Recipe) -> str:
    """Return the sentence on matched properties; empty if there are none."""
    part = recipe.match
    matching = part.matching
    if matching is None:
        return ""
    what = "Photographs" if part.over == "sources" else "Images"
    where = "each identity" if part.within == "identity" else "the whole set"
    if not matching.of_set:
        where = "each continuum"
    return (
        f"{what} were matched over {where} by {part.method} ({matching.summary}). The "
        "effect of the expression itself on these properties is altered or removed."
    )


def licence_text(part: PackPart) -> str:
    """Return the text of LICENSE.txt."""
    page = _LICENCE_PAGES.get(part.licence)
    holder = ", ".join(part.creators) or "the creators of the set"
    said = f"Licence of these stimuli: {part.licence} ({holder}).\n"
    if page:
        return said + f"The full text is at {page}\n"
    if part.licence == "LicenseRef-unstated":
        return said + (
            "No licence was stated: only the creators may redistribute these files.\n"
        )
    return said + "Ask the creators of the set for the terms.\n"


def citation(part: PackPart) -> str:
    """Return the text of CITATION.cff; strings are JSON strings, which are YAML."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    authors = list(part.creators) or [f"Creators of {part.name}"]
    lines = [
        "cff-version: 1.2.0",
        f"message: {quoted('If you use these stimuli, please cite them as below.')}",
        "type: dataset",
        f"title: {quoted(part.title or part.name)}",
        f"version: {quoted(part.version)}",
        "authors:",
        *(f"  - name: {quoted(name)}" for name in authors),
    ]
    if not part.licence.startswith("LicenseRef"):
        lines.append(f"license: {quoted(part.licence)}")
    return "\n".join(lines) + "\n"


def manifest(pack: Pack, files: dict[str, tuple[int, str]]) -> dict[str, Any]:
    """Return the Data Package that lists every file.

    Parameters
    ----------
    pack : Pack
    files : dict of str to (int, str)
        Path in the pack -> bytes and SHA-256, except of the manifest itself.
    """
    part = pack.recipe.pack
    names = {path: name for name, path in TABLE_FILES.items()}
    resources = []
    # Tables first, ordered so that foreign keys refer to earlier ones.
    ordered = [path for path in TABLE_FILES.values() if path in files]
    ordered += [path for path in sorted(files) if path not in names]
    for path in ordered:
        size, sha256 = files[path]
        resource: dict[str, Any] = {
            "name": names.get(path) or _resource_name(path),
            "path": path,
            "bytes": size,
            "hash": f"sha256:{sha256}",
        }
        suffix = path.rpartition(".")[2].lower()
        if path in names:
            resource |= {
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": TABLES[names[path]].to_dict(),
            }
        else:
            resource |= {"format": suffix, "mediatype": _media_type(suffix)}
        resources.append(resource)
    title = part.title or part.name
    photographs = [asdict(photo) for photo in pack.photographs]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": part.name.replace("_", "-"),
        "title": title,
        "version": part.version,
        "licenses": [{"name": part.licence}],
        "contributors": [{"title": name} for name in part.creators]
        or [{"title": f"Creators of {part.name}"}],
        "keywords": list(part.keywords) or ["face morph"],
        "resources": resources,
        "morphkit": {
            "schema": f"{LAYOUT}{PACK_SCHEMA}",
            "made_by": pack.made_by.to_dict(),
            "software": dict(sorted(pack.software.items())),
            **({"plug_ins": dict(pack.plug_ins)} if pack.plug_ins else {}),
            "recipe_sha256": pack.recipe_sha256,
            "parent": part.parent,
            **({"public": True} if pack.public else {}),
            **({"left_out": pack.left_out} if pack.left_out else {}),
            **({"photographs": photographs} if photographs else {}),
        },
    }


def _resource_name(path: str) -> str:
    """Return a name of a file that is unique within the pack."""
    stem = path.lower().replace(f"{layout.STIMULI}/", "").replace("/", ".")
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in stem)


def _media_type(suffix: str) -> str:
    """Return the media type of a file."""
    known = {
        "png": "image/png",
        "csv": "text/csv",
        "json": "application/json",
        "toml": "application/toml",
        "md": "text/markdown",
        "txt": "text/plain",
        "html": "text/html",
        "cff": "application/yaml",
        "npz": "application/zip",
    }
    return known.get(suffix, "application/octet-stream")
