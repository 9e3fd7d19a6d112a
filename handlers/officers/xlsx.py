"""Spreadsheets (XLSX) for officers, written row by row to the disk and then sent: memory holds one chunk of rows.

Text is only ever text: nothing in a cell is taken for a formula, a link or a number. Numbers stay numbers.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from os import SEEK_END
from pathlib import Path

import xlsxwriter
from aiohttp import web
from xlsxwriter.worksheet import Worksheet

from bot import text
from bot.clock import in_vietnam
from handlers.officers.templates import moment
from handlers.officers.visit import Visit

Chunks = AsyncIterable[Iterable[Sequence[object]]]

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_ROWS = 1_048_576  # Of a sheet, in every program that reads such files.
_CELL_UNITS = 32_767
_TITLE_UNITS = 28  # 31 less the number of a further sheet.
_NOT_IN_TITLE = str.maketrans("[]:*?/\\'", "        ")
_NARROWEST, _WIDEST = 10, 42
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list of a file. One that is longer than a sheet may be goes on in further sheets."""

    title: str
    header: Sequence[str]
    chunks: Chunks


async def stream(visit: Visit, name: str, header: Sequence[str], chunks: Chunks) -> web.StreamResponse:
    """Answer with a file of one list, called after `name` and today's date."""
    return await stream_sheets(visit, name, [Sheet(name, header, chunks)])


async def stream_sheets(visit: Visit, name: str, sheets: Sequence[Sheet]) -> web.StreamResponse:
    """Answer with a file of several lists."""
    with tempfile.TemporaryDirectory(prefix="chihoi-") as folder:
        path = Path(folder) / "list.xlsx"
        writer = _Writer(path)
        try:
            for sheet in sheets:
                writer.begin(sheet)
                async for rows in sheet.chunks:
                    await asyncio.to_thread(writer.write, [list(row) for row in rows])
        finally:
            await asyncio.to_thread(writer.close)
        return await _send(visit, name, path)


async def _send(visit: Visit, name: str, path: Path) -> web.StreamResponse:
    filename = f"{name}-{in_vietnam(visit.now):%Y-%m-%d}.xlsx"
    response = web.StreamResponse(
        headers={"Content-Type": _TYPE, "Content-Disposition": f'attachment; filename="{filename}"'}
    )
    with path.open("rb") as file:
        response.content_length = file.seek(0, SEEK_END)
        file.seek(0)
        await response.prepare(visit.request)
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            await response.write(piece)
    await response.write_eof()
    return response


class _Writer:
    """The file that is being written. Rows go to the disk as they come, and none can be changed afterwards."""

    def __init__(self, path: Path) -> None:
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}
        )
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._sheet: Worksheet | None = None
        self._title, self._header = "", list[str]()
        self._row = self._part = 0

    def begin(self, sheet: Sheet) -> None:
        title = text.clean(sheet.title).translate(_NOT_IN_TITLE).strip()
        self._title, self._header, self._part = text.cut(title, _TITLE_UNITS) or "1", list(sheet.header), 0
        self._next_part()

    def write(self, rows: Iterable[Sequence[object]]) -> None:
        for row in rows:
            if self._row == _MOST_ROWS:
                self._next_part()
            for column, value in enumerate(row):
                self._cell(column, value)
            self._row += 1

    def close(self) -> None:
        self._book.close()

    def _next_part(self) -> None:
        self._part += 1
        sheet = self._sheet = self._book.add_worksheet(
            self._title if self._part == 1 else f"{self._title} {self._part}"
        )
        sheet.freeze_panes(1, 0)
        for column, label in enumerate(self._header):  # The widths before the first row: it goes to the disk.
            sheet.set_column(column, column, min(max(len(label) + 2, _NARROWEST), _WIDEST))
        for column, label in enumerate(self._header):
            sheet.write_string(0, column, label, self._bold)
        self._row = 1

    def _cell(self, column: int, value: object) -> None:
        if self._sheet is None or value is None or value == "":
            return
        match value:
            case bool():
                self._sheet.write_boolean(self._row, column, value)
            case int() | float():
                self._sheet.write_number(self._row, column, value)
            case datetime():
                self._sheet.write_string(self._row, column, moment(value))
            case _:
                said = text.cut(text.clean(str(value)), _CELL_UNITS)
                self._sheet.write_string(self._row, column, said)
