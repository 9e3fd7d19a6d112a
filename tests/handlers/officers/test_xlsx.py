"""Spreadsheets that officers download: opened with another library than they are written with."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from python_calamine import CalamineWorkbook

from handlers.officers import xlsx
from handlers.officers.xlsx import Sheet

TRICKY = [
    "=1+1", "+84912", "-5", "@SUM(A1)", "＝1", "https://x.example", "0912", "a\nb", "<b>&", "\x00\x1f\ud800x", "ភាសាខ្មែរ 😀",
]  # fmt: skip


class _Visit:
    """As much of a visit as a file needs."""

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.now = datetime(2026, 11, 22, 20, tzinfo=UTC)


async def _file(sheets: Sequence[Sheet]) -> tuple[str, CalamineWorkbook]:
    async def give(request: web.Request) -> web.StreamResponse:
        visit: Any = _Visit(request)
        return await xlsx.stream_sheets(visit, "bao-cao", sheets)

    app = web.Application()
    app.router.add_get("/", give)
    async with TestClient(TestServer(app)) as client, client.get("/") as response:
        data = await response.read()
        assert response.content_length == len(data)
        return response.headers["Content-Disposition"], CalamineWorkbook.from_filelike(BytesIO(data))


async def _chunks(*chunks: Iterable[Sequence[object]]) -> AsyncIterator[Iterable[Sequence[object]]]:
    for chunk in chunks:
        yield chunk


async def test_text_stays_text_and_numbers_stay_numbers() -> None:
    rows = [[value, 7, None, 1.5] for value in TRICKY]
    named, book = await _file(
        [Sheet("Từng người", ["Chữ", "Số", "Trống", "Lẻ"], _chunks(rows[:3], rows[3:]))]
    )
    assert named == 'attachment; filename="bao-cao-2026-11-23.xlsx"'
    assert book.sheet_names == ["Từng người"]
    header, *read = book.get_sheet_by_name("Từng người").to_python()
    assert header == ["Chữ", "Số", "Trống", "Lẻ"]
    assert [row[0] for row in read] == [*TRICKY[:9], "x", TRICKY[10]]
    assert {tuple(row[1:]) for row in read} == {(7.0, "", 1.5)}


async def test_a_moment_is_said_as_clocks_in_viet_nam_showed_it() -> None:
    at = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
    _named, book = await _file([Sheet("a", ["Lúc"], _chunks([[at]]))])
    assert book.get_sheet_by_index(0).to_python() == [["Lúc"], ["23/11/2026 03:05"]]


async def test_several_lists_stand_on_sheets_of_their_own_and_a_long_one_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "_MOST_ROWS", 3)
    rows = [[number] for number in range(5)]
    _named, book = await _file(
        [
            Sheet("Theo [đơn vị]/xã: tên dài quá ba mươi mốt chữ", ["A"], _chunks()),
            Sheet("B", ["B"], _chunks(rows)),
        ]
    )
    assert len(book.sheet_names) == 4
    assert book.sheet_names[1:] == ["B", "B 2", "B 3"]
    assert book.get_sheet_by_name("B 3").to_python() == [["B"], [4.0]]


async def test_a_text_longer_than_a_cell_is_cut() -> None:
    _named, book = await _file([Sheet("a", ["A"], _chunks([["x" * 40_000]]))])
    assert len(str(book.get_sheet_by_index(0).to_python()[1][0])) == 32_767
