"""Reading the file of the Union's units, `code,name,level,parent,merged_from`, into rows that fit together.

A file is taken whole or refused whole: every fault is named with its line and field, so that an officer mends it in one
go. Writing the rows into the tree is left to the caller.
"""

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from bot.errors import ContentError
from bot.store.tables.people import UnitLevel

HEADER = ["code", "name", "level", "parent", "merged_from"]
UNCHANGED = "Giữ nguyên:"
_CODE = re.compile(r"[A-Za-z0-9._-]{1,24}")
_FORMER = re.compile(
    r"(?P<kind>thị trấn|thị xã|thành phố|xã|phường|quận|huyện|tỉnh|tp)\s+(?P<name>[^()]+?)"
    r"(?:\s*\((?P<district>[^()]+)\))?",
    re.IGNORECASE,
)
_MAX_NAME = 200
_MAX_FAULTS = 50
_RANK = {level: rank for rank, level in enumerate(UnitLevel)} | {UnitLevel.WARD: 3, UnitLevel.COMMUNE: 3}


@dataclass(frozen=True, slots=True)
class FormerName:
    """A unit that is now part of another: FormerName("An Mỹ", kind="xã", district="huyện Kế Sách")."""

    name: str
    kind: str
    district: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class UnitRow:
    code: str
    name: str
    level: UnitLevel
    parent: str | None
    merged_from: str = ""
    line: int = field(default=0, compare=False)

    @property
    def former_names(self) -> tuple[FormerName, ...]:
        return parse_former_names(self.merged_from)


def parse_former_names(merged_from: str) -> tuple[FormerName, ...]:
    """What a unit was made from. ValueError (its text: the part) where one does not read "Xã An Mỹ (huyện Kế Sách)"."""
    text = merged_from.strip().removeprefix(UNCHANGED)
    return tuple(_parse_former(part.strip()) for part in text.split(";") if part.strip())


def _parse_former(part: str) -> FormerName:
    match = _FORMER.fullmatch(part)
    if match is None:
        raise ValueError(part)
    return FormerName(match["name"], match["kind"].lower(), (match["district"] or "").strip())


def read_units(source: Path | str, *, known_codes: Collection[str] = ()) -> list[UnitRow]:
    """The rows of a file, or of its text, in their order. ContentError names every fault.

    `known_codes` are units already in the tree: a file of branches may name them as parents.
    """
    rows, faults = _read_rows(read_text(source) if isinstance(source, Path) else source)
    faults += sorted(_tree_faults(rows, known_codes))
    if faults:
        raise ContentError([sentence for _, sentence in sorted(faults)[:_MAX_FAULTS]])
    return rows


def read_text(path: Path) -> str:
    """The text of an officer's file; ContentError when it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ContentError(
            ["Tệp không phải dạng chữ UTF-8. Khi lưu từ Excel, xin chọn “CSV UTF-8”."]
        ) from exc


def _fault(line: int, column: str, sentence: str) -> tuple[int, str]:
    return line, f"Dòng {line}, cột {column}: {sentence}"


def _read_rows(text: str) -> tuple[list[UnitRow], list[tuple[int, str]]]:
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True)
    rows: list[UnitRow] = []
    faults: list[tuple[int, str]] = []
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if header != HEADER:
            return [], [(1, f"Dòng 1: hàng tiêu đề phải là {','.join(HEADER)}.")]
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found = _row_faults(line, cells)
                faults += found
                if not found:
                    rows.append(_row(line, cells))
            line = reader.line_num + 1
    except csv.Error:
        faults.append((reader.line_num, f"Dòng {reader.line_num}: không đọc được, dấu ngoặc kép bị lệch."))
    if not rows and not faults:
        faults.append((1, "Tệp không có đơn vị nào."))
    return rows, faults


def _row(line: int, cells: list[str]) -> UnitRow:
    code, name, level, parent, merged_from = (cell.strip() for cell in cells)
    return UnitRow(code, name, UnitLevel(level), parent or None, merged_from, line)


def _row_faults(line: int, cells: list[str]) -> list[tuple[int, str]]:
    if len(cells) != len(HEADER):
        return [(line, f"Dòng {line}: có {len(cells)} cột, cần {len(HEADER)} cột.")]
    return list(_cell_faults(line, *(cell.strip() for cell in cells)))


def _cell_faults(
    line: int, code: str, name: str, level: str, _parent: str, merged_from: str
) -> Iterator[tuple[int, str]]:
    if not _CODE.fullmatch(code):
        yield _fault(line, "code", f"mã “{code[:30]}” phải có 1 đến 24 chữ không dấu hoặc số.")
    if not name:
        yield _fault(line, "name", "thiếu tên đơn vị.")
    elif len(name) > _MAX_NAME:
        yield _fault(line, "name", f"tên dài quá {_MAX_NAME} chữ.")
    if level not in set(UnitLevel):
        yield _fault(line, "level", f"không có cấp “{level[:30]}”; chọn một trong {', '.join(UnitLevel)}.")
    try:
        parse_former_names(merged_from)
    except ValueError as exc:
        yield _fault(line, "merged_from", f"“{str(exc)[:60]}” cần viết như “Xã An Mỹ (huyện Kế Sách)”.")


def _tree_faults(rows: list[UnitRow], known_codes: Collection[str]) -> Iterator[tuple[int, str]]:
    by_code: dict[str, UnitRow] = {}
    for row in rows:
        if row.code in by_code:
            yield _fault(row.line, "code", f"mã “{row.code}” đã có ở dòng {by_code[row.code].line}.")
        else:
            by_code[row.code] = row
    circling = _circling(by_code)
    for row in rows:
        parent = by_code.get(row.parent or "")
        if row.code in circling:
            yield _fault(
                row.line, "parent", f"“{row.code}” và “{row.parent}” là cấp trên vòng tròn của nhau."
            )
        elif row.parent and parent is None and row.parent not in known_codes:
            yield _fault(row.line, "parent", f"không có đơn vị nào mang mã “{row.parent[:30]}”.")
        elif parent is not None and _RANK[parent.level] >= _RANK[row.level]:
            yield _fault(row.line, "parent", f"đơn vị cấp trên “{parent.code}” phải ở cấp cao hơn.")


def _circling(by_code: dict[str, UnitRow]) -> set[str]:
    """The codes that stand above themselves."""
    circling: set[str] = set()
    done: set[str] = set()
    for start in by_code:
        way: list[str] = []
        code: str | None = start
        while code in by_code and code not in done and code not in way:
            way.append(code)
            code = by_code[code].parent
        if code in way:
            circling.update(way[way.index(code) :])
        done.update(way)
    return circling
