"""Texts and tables as people save them: encodings, delimiters, and where faults are."""

import ast
import csv
import io
from pathlib import Path

import pytest

import morphkit
from morphkit._core.files import WINDOWS, decode_text, read_text
from morphkit._core.tables import (
    check_header,
    is_formula,
    read_table,
    rows_by_column,
    table_text,
)
from morphkit.errors import InputError

PACKAGE = Path(morphkit.__file__).parent
TEXT = "Zoë\nœuf\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("fallback", ["", WINDOWS])
def test_unicode_is_read_without_a_word(encoding, fallback, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert read_text(path, fallback=fallback) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_of_both_orders_has_its_mark(encoding):
    assert decode_text(("\ufeff" + TEXT).encode(encoding), where="a") == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("fallback", ["", WINDOWS])
def test_utf_16_without_its_mark_is_known_by_its_zeros(encoding, fallback):
    text = "participant,response\r\nZoë,happy\r\n" * 30
    assert decode_text(text.encode(encoding), where="a", fallback=fallback) == text
    # A text of single bytes with a zero among them is none.
    for data in (b"a\0b", b"abcdefgh\0\0", b"\0\1\0\2"):
        assert "\0" in decode_text(data, where="a", fallback=fallback)


def test_windows_text_is_read_with_a_warning_where_people_save_files():
    data = TEXT.encode("cp1252")  # œ is no letter of Latin-1
    with pytest.warns(UserWarning, match=r"^a\.csv:1: .*Windows text \(cp1252\)"):
        assert decode_text(data, where="a.csv", fallback=WINDOWS) == TEXT
    with pytest.raises(InputError, match=r"^a\.csv:1: is not UTF-8 text; save the"):
        decode_text(data, where="a.csv")
    with pytest.raises(InputError, match=r"^a\.csv:2: .* nor text of the code page"):
        decode_text(b"a\n\x81\n", where="a.csv", fallback=WINDOWS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04rest", "a: is a spreadsheet or an archive.*; save it as CSV"),
        (b"PK\x03\x04 xl/workbook.xml", "a: is an Excel workbook.*; open it and save"),
        (b"\xd0\xcf\x11\xe0rest", "a: is an Excel workbook.*CSV UTF-8"),
        (b"\xff\xfea", "a: is damaged UTF-16 text; save the file as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_or_without_fallback(data, said):
    for fallback in ("", WINDOWS):
        with pytest.raises(InputError, match=said):
            decode_text(data, where="a", fallback=fallback)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_recognised(delimiter, end):
    text = end.join(["a,b", '1,"x,y"', "", "2,", ""]).replace(",", delimiter)
    found = read_table(text, delimiters=",;\t")
    assert [line.cells for line in found] == [
        ("a", "b"),
        ("1", f"x{delimiter}y"),
        ("2", ""),
    ]
    assert [line.number for line in found] == [1, 2, 4]


def test_lines_are_those_of_the_file_where_cells_hold_several():
    found = read_table('a,b\n1,"x\ny"\n2,z\n')
    assert [(line.number, line.cells[1]) for line in found] == [
        *((1, "b"), (2, "x\ny")),
        (4, "z"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.csv: the table is empty; copy or export it again"),
        ("a,b\n1,2\n", r"the columns are \['a', 'b'\]; they should be \['a', 'c'\]"),
        ('a,c\n1,2\n"x,3\n', "a.csv:3: not a CSV table.*; save it as CSV again"),
        ('a,c\n1,2\n"x"y,3\n', "a.csv:3: not a CSV table"),
        ("a,c\n1,2\n1,2,3\n", "a.csv:3: 3 cells; 2 columns"),
        ("a,c\n1\n", "a.csv:2: 1 cells; 2 columns"),
    ],
)
def test_faults_have_their_file_and_line(text, said):
    def read() -> None:
        lines = read_table(text, where="a.csv")
        check_header(lines, ["a", "c"], where="a.csv")
        for line in lines[1:]:
            line.by_column(["a", "c"], where="a.csv")

    with pytest.raises(InputError, match=said):
        read()


def test_logs_may_leave_out_cells_at_the_end_of_a_line():
    found = rows_by_column(read_table("a,b,c\n1\n1,2,3\n"), where="log")
    assert found == [
        {"a": "1", "b": "", "c": ""},
        {"a": "1", "b": "2", "c": "3"},
    ]
    with pytest.raises(InputError, match="log:2: 3 cells; 2 columns"):
        rows_by_column(read_table("a,b\n1,2,3\n"), where="log")


#: What spreadsheets run.
FORMULAS = (
    *("=1+1", "+1-2", "-x", "- 3", "--3", "@SUM(A1)", "＝1"),
    *(" =1", "\t=1", "\r=1"),
)
#: What looks like it.
PLAIN = (
    *("", "a=b", "a@b", "P-1", "3-4", "'", "'a", "''"),
    *("-3", "+4.5", "-.5e-3", "-inf"),
)
MARKED = (*FORMULAS, *(f"'{formula}" for formula in FORMULAS), "'-3")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("cell", [*MARKED, *PLAIN])
def test_what_a_spreadsheet_would_run_is_marked_and_read_back(cell, delimiter):
    text = table_text([["a", "b"], [cell, "x;y\tz,w"]], delimiter=delimiter)
    raw = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1][0]
    assert raw == (f"'{cell}" if cell in MARKED else cell)
    (_, found) = read_table(text, delimiters=delimiter)
    assert found.cells == (cell, "x;y\tz,w")
    assert is_formula(cell) is (cell in MARKED)


def test_numbers_and_unknown_cells_stay_what_they_are():
    rows = [["n", "x"], [-3, -0.25], [None, True], [""], ["a b", " c"]]
    assert table_text(rows) == 'n,x\n-3,-0.25\n,True\n""\na b," c"\n'


def test_no_cell_ends_in_a_spreadsheet_of_another_country():
    """Programs that separate cells by ";" would begin a new one there."""
    assert table_text([["P1;=1+1", 'a"b', "c\nd"]]) == '"P1;=1+1","a""b","c\nd"\n'


@pytest.mark.parametrize(
    "module", [str(p.relative_to(PACKAGE)) for p in sorted(PACKAGE.rglob("*.py"))]
)
def test_no_other_module_reads_or_writes_tables_by_itself(module):
    if module in ("_core/files.py", "_core/tables.py"):
        return
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            said = f"{ast.unparse(node)} in line {node.lineno}"
            own = ("csv.reader", "csv.DictReader", "csv.writer", "csv.DictWriter")
            assert said.split()[0] not in own, said
        if isinstance(node, ast.Constant):
            assert node.value not in ("utf-8-sig", "utf-16", "cp1252"), node.lineno
