"""What the year holds: read from the content file with every fault named, and put on the right days."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import ContentError
from broadcasts.occasions import on, read, read_occasions

CONTENT = Path(__file__).parents[2] / "config" / "content" / "campaigns.vi.yaml"

FALLS = [
    ("03-08", "2027-03-08", True),
    ("03-08", "2027-03-09", False),
    ("11-15..12-15", "2026-11-14", False),
    ("11-15..12-15", "2026-12-15", True),
    ("12-25..01-05", "2027-01-05", True),
    ("12-25..01-05", "2027-01-06", False),
    ("02-29", "2028-02-29", True),
    ("2027-03..2027-12", "2027-02-28", False),
    ("2027-03..2027-12", "2027-12-31", True),
    ("2027-03..2027-12", "2028-05-01", False),
    ("lunar 10-15", "2026-10-15", False),
]


@pytest.mark.parametrize(("written", "day", "falls"), FALLS)
def test_an_occasion_falls_on_its_days_and_a_lunar_one_on_none_that_is_known(
    written: str, day: str, falls: bool
) -> None:
    occasion = read(written, "Ngày hội", "")
    assert occasion is not None
    assert occasion.falls_on(date.fromisoformat(day)) is falls


@pytest.mark.parametrize(
    "written",
    [
        "",
        "8/3",
        "13-01",
        "02-30",
        "3-8",
        "03-08..2027-03",
        "lunar 12-31",
        "lunar 2027-03",
        "2027-12..2027-03",
        "2027-13",
    ],
)
def test_what_is_no_day_is_refused(written: str) -> None:
    assert read(written, "Ngày hội", "") is None


def test_our_own_calendar_is_read_whole() -> None:
    found = read_occasions(CONTENT)
    assert len(found) > 25
    assert {one.title for one in found if one.is_lunar} == {
        "Tết Nguyên đán", "Lễ Sene Dolta", "Ok Om Bok và đua ghe ngo",
    }  # fmt: skip


def test_a_days_own_occasion_stands_before_what_lasts_for_weeks() -> None:
    found = on(read_occasions(CONTENT), date(2026, 12, 1))
    assert [one.lasts for one in found] == sorted(one.lasts for one in found)
    assert found[0].name == "Ngày Thế giới phòng, chống AIDS"


def test_a_day_that_is_none_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(
        'calendar:\n- {date: "03-08", name: A}\n- {date: "30-02", name: B}\n- {date: "2/9", name: C}\n',
        "utf-8",
    )
    with pytest.raises(ContentError) as refused:
        read_occasions(path)
    first, second = refused.value.faults
    assert first.startswith("file.yaml, dòng 3")
    assert second.startswith("file.yaml, dòng 4")
    assert "'30-02' không phải là ngày" in first
