"""Reading a list of people that somebody made in an office program: XLSX, XLS, ODS, or CSV in whichever encoding.

Only the first sheet counts. The whole file is read or it is refused; it never takes longer or more memory than its size
allows, however it was made. Blocking: call it in a thread.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from broadcasts.refused import N_, Refused

MOST_MB = 10
MOST_ROWS = 50_000
_MOST_UNPACKED = 200 * 1024**2  # An XLSX is a ZIP: a small one may hold a large sheet.
_MOST_CELLS = 40  # Of one row; a phone or a code stands among the first.
_LONGEST_CELL = 200
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as the officer's program shows it, and what stands in its cells."""

    row: int
    cells: tuple[str, ...]

    @property
    def written(self) -> str:
        """As it is shown when nobody was found for it."""
        return " | ".join(cell for cell in self.cells if cell)[:_LONGEST_CELL]


def read(content: bytes) -> list[Line]:
    """Every row that has anything in it. Refused with a sentence when it is no list, or too long a one."""
    if not content.strip(b"\x00 \r\n\t"):
        raise Refused(N_("Tệp này trống."))
    if len(content) > MOST_MB * 1024**2:
        raise Refused(N_("Tệp lớn quá. Chị chia ra nhiều tệp nhỏ hơn."))
    rows = _sheet(content) if content.startswith((_ZIP, _OLE)) else _text(content)
    found: list[Line] = []
    for number, cells in enumerate(rows, 1):
        line = Line(number, tuple(_cell(cell) for cell in cells[:_MOST_CELLS]))
        if any(line.cells):
            found.append(line)
        if len(found) > MOST_ROWS or number > MOST_ROWS * 2:
            raise Refused(N_("Danh sách dài quá: một tệp tối đa 50.000 dòng. Chị chia ra nhiều tệp."))
    if not found:
        raise Refused(N_("Tệp này trống."))
    return found


def _sheet(content: bytes) -> Iterator[Sequence[object]]:
    if content.startswith(_ZIP):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                unpacked = sum(part.file_size for part in packed.infolist())
        except (zipfile.BadZipFile, ValueError, OverflowError):
            raise Refused(_BROKEN) from None
        if unpacked > _MOST_UNPACKED:
            raise Refused(N_("Tệp lớn quá. Chị chia ra nhiều tệp nhỏ hơn."))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        first = sheet.start[0] if sheet.start else 0
        rows = sheet.to_python(skip_empty_area=True, nrows=MOST_ROWS * 2 + 1)
    except (CalamineError, OSError, ValueError, IndexError):
        raise Refused(_BROKEN) from None
    for _empty in range(min(first, MOST_ROWS * 2)):
        yield ()
    yield from rows


def _text(content: bytes) -> Iterator[Sequence[object]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Refused(_BROKEN)
    head = text[:4000].splitlines()[:20]
    delimiter = max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in head))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:  # A cell without an end, mostly.
        raise Refused(_BROKEN) from None


def _decoded(content: bytes) -> str:
    """Old office programs of Viet Nam write windows-1258, which takes any bytes at all: it is tried last."""
    encodings = [name for mark, name in _MARKS if content.startswith(mark)] or ["utf-8", "cp1258"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1258", "replace")


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # A phone number that the office program took for a number.
    return " ".join(unicodedata.normalize("NFC", str(value))[: _LONGEST_CELL * 2].split())[:_LONGEST_CELL]


_BROKEN = N_("Không đọc được tệp này. Chị lưu lại thành .xlsx hoặc .csv rồi tải lên.")
