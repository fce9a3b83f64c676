"""Spreadsheets (.xlsx) of plain rows, with bytes that depend on the rows alone.

References
----------
ECMA-376, Office Open XML, part 1: SpreadsheetML. Texts are inline strings; the archive
carries the oldest time that ZIP can hold.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_NS = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f"""{_HEAD}<Types xmlns="{_NS}/package/2006/content-types">\
<Default Extension="rels" \
ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Override PartName="/xl/workbook.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""{_HEAD}<Relationships \
xmlns="{_NS}/package/2006/relationships"><Relationship Id="rId1" \
Type="{_NS}/officeDocument/2006/relationships/officeDocument" \
Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""{_HEAD}<Relationships \
xmlns="{_NS}/package/2006/relationships"><Relationship Id="rId1" \
Type="{_NS}/officeDocument/2006/relationships/worksheet" \
Target="worksheets/sheet1.xml"/></Relationships>""",
    "xl/workbook.xml": f"""{_HEAD}<workbook xmlns="{_NS}/spreadsheetml/2006/main" \
xmlns:r="{_NS}/officeDocument/2006/relationships"><sheets>\
<sheet name="trials" sheetId="1" r:id="rId1"/></sheets></workbook>""",
}


def format_xlsx(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a workbook of one sheet: a line of column names, then the rows.

    Parameters
    ----------
    rows : sequence of mapping
        At least one; all with the same columns. Numbers become numbers, everything
        else text.
    """
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    body = "".join(
        f'<row r="{r}">{"".join(_cell(v, r, c) for c, v in enumerate(line))}</row>'
        for r, line in enumerate(lines, start=1)
    )
    sheet = (
        f'{_HEAD}<worksheet xmlns="{_NS}/spreadsheetml/2006/main">'
        f"<sheetData>{body}</sheetData></worksheet>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (_PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode("utf-8"))
    return data.getvalue()


def _cell(value: str | int | float, row: int, column: int) -> str:
    """Return one cell."""
    place = f"{column_name(column)}{row}"
    if isinstance(value, str):
        text = escape(value)
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t>'
            "</is></c>"
        )
    return f'<c r="{place}"><v>{value!r}</v></c>'


def column_name(number: int) -> str:
    """Return the letters of a column, counted from 0.

    Examples
    --------
    >>> [column_name(n) for n in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    name, number = "", number + 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
