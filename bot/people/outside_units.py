"""The places of the same city that are not in our tree: what a name may also mean, so that it is asked about.

They are data (config/content/outside_units.csv: `name,note`): when the city's map changes, an officer mends the file.
"""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bot.errors import ContentError
from bot.people.unit_file import FormerName, parse_former_names, read_text

HEADER = ["name", "note"]


@dataclass(frozen=True, slots=True)
class OutsideUnit:
    place: FormerName
    note: str = ""


def read_outside_units(source: Path | str) -> list[OutsideUnit]:
    """The places of a file or of its text; ContentError names every fault with its line."""
    text = read_text(source) if isinstance(source, Path) else source
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")))
    units: list[OutsideUnit] = []
    faults: list[str] = []
    try:
        if [cell.strip().lower() for cell in next(reader, [])] != HEADER:
            raise ContentError([f"Dòng 1: hàng tiêu đề phải là {','.join(HEADER)}."])
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            try:
                name, note = cells
                (place,) = parse_former_names(name)
            except ValueError:
                faults.append(
                    f"Dòng {reader.line_num}, cột name: cần viết như “Xã Thạnh Phú”, rồi một cột ghi chú."
                )
            else:
                units.append(OutsideUnit(place, note.strip()))
    except csv.Error as exc:
        raise ContentError([f"Dòng {reader.line_num}: không đọc được."]) from exc
    if faults:
        raise ContentError(faults)
    return units
