"""Lists as office programs write them."""

import io
import zipfile

import pytest
import xlsxwriter

from broadcasts import list_files
from broadcasts.refused import Refused

ROWS: list[list[object]] = [
    ["Họ và tên", "Điện thoại"],
    ["Nguyễn Thị Hoa", "0912345678"],
    ["", ""],
    ["Thạch Thị Lan", 912345679],
]
READ = [
    (1, ("Họ và tên", "Điện thoại")),
    (2, ("Nguyễn Thị Hoa", "0912345678")),
    (4, ("Thạch Thị Lan", "912345679")),
]


def _xlsx(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        sheet = workbook.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return file.getvalue()


def _text(sign: str = ",", end: str = "\r\n") -> str:
    return end.join(sign.join(str(cell) for cell in row) for row in ROWS) + end


# Old programs wrote Vietnamese with the tone as a letter of its own.
_OLD = _text().replace("ễ", "ê\u0303").replace("ị", "i\u0323").replace("ọ", "o\u0323").replace("ạ", "a\u0323")
_OLD = _OLD.replace("ệ", "ê\u0323")

FILES = [
    ("xlsx", _xlsx(ROWS)),
    ("csv", _text().encode()),
    ("csv of Excel", _text().encode("utf-8-sig")),
    ("csv with semicolons", _text(";").encode()),
    ("csv with tabs in UTF-16", _text("\t").encode("utf-16")),
    ("csv of an old program", _OLD.encode("cp1258")),
    ("csv with line feeds", _text(end="\n").encode()),
    ("csv with quotes", _text().replace("0912345678", '"0912345678"').encode()),
]


@pytest.mark.parametrize(
    "content", [content for _label, content in FILES], ids=[label for label, _content in FILES]
)
def test_every_form_is_read_alike(content: bytes) -> None:
    found = [(line.row, tuple(cell for cell in line.cells)) for line in list_files.read(content)]
    assert found == READ


def _packed(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return file.getvalue()


BROKEN = [
    ("nothing", b"", "trống"),
    ("blanks", b" \r\n \n", "trống"),
    ("commas alone", b",,,\n,,\n", "trống"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "Không đọc được"),
    ("a ZIP that is no sheet", _packed("a.txt", b"x"), "Không đọc được"),
    ("a ZIP cut short", _xlsx(ROWS)[:900], "Không đọc được"),
    ("an old sheet cut short", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "Không đọc được"),
    ("a ZIP that swells", _packed("a.txt", b"0" * (201 * 1024**2)), "lớn quá"),
    ("too large", b"0912345678\n" * 1024**2, "lớn quá"),
    ("too long", b"0\n" * 50_001, "dài quá"),
]


@pytest.mark.parametrize(
    ("content", "sentence"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_what_is_no_list_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        list_files.read(content)


def test_a_cell_without_an_end_is_refused_or_kept_but_never_lost() -> None:
    lines = list_files.read(b'0912345678\n"0912345679\n0912345670\n')
    assert lines[0].cells == ("0912345678",)
    assert "0912345679" in lines[1].written
