"""Lists as CSV files that office programs open rightly and safely, sent piece by piece."""

import csv
from collections.abc import AsyncIterable, Iterable, Sequence
from io import StringIO

from aiohttp import web

from bot.clock import in_vietnam
from handlers.officers.visit import Visit

_BOM = "\ufeff"  # Without it Excel reads Vietnamese letters as something else.
# What a spreadsheet may take for the beginning of a formula, also in its East Asian form.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


async def stream(
    visit: Visit, name: str, header: Sequence[str], chunks: AsyncIterable[Iterable[Sequence[object]]]
) -> web.StreamResponse:
    """Answer with a file called after `name` and today's date. Memory holds one chunk."""
    filename = f"{name}-{in_vietnam(visit.now):%Y-%m-%d}.csv"
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{filename}"',
        }
    )
    await response.prepare(visit.request)
    await response.write((_BOM + lines([header])).encode())
    async for rows in chunks:
        await response.write(lines(rows).encode("utf-8", "replace"))
    await response.write_eof()
    return response


def lines(rows: Iterable[Sequence[object]]) -> str:
    written = StringIO()
    csv.writer(written).writerows([[safe_cell(value) for value in row] for row in rows])
    return written.getvalue()


def safe_cell(value: object) -> str:
    """The text as it is, or with an apostrophe before what a spreadsheet would calculate."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
