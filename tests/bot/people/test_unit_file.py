"""Reading the units' file: our own file is right, and a faulty one is refused whole with line and field."""

from collections import Counter
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.people.outside_units import read_outside_units
from bot.people.unit_file import FormerName, parse_former_names, read_units
from bot.store.tables.people import UnitLevel

CONTENT = Path(__file__).parents[3] / "config" / "content"
HEADER = "code,name,level,parent,merged_from\n"
TOP = "92,Hội LHPN thành phố Cần Thơ,tinh_thanh,,\n"


def test_the_starting_content_has_43_communes_and_wards_under_the_city() -> None:
    rows = read_units(CONTENT / "units.csv")
    assert Counter(row.level for row in rows) == {
        UnitLevel.CENTRAL: 1,
        UnitLevel.PROVINCE: 1,
        UnitLevel.WARD: 8,
        UnitLevel.COMMUNE: 35,
    }
    assert {row.parent for row in rows[2:]} == {"92"}
    assert sum(len(row.former_names) for row in rows[2:]) == 108


def test_former_names_are_read_with_kind_and_district() -> None:
    assert parse_former_names("Xã An Mỹ (huyện Kế Sách); Phường 5 (TP Sóc Trăng)") == (
        FormerName("An Mỹ", kind="xã", district="huyện Kế Sách"),
        FormerName("5", kind="phường", district="TP Sóc Trăng"),
    )


def test_an_unchanged_unit_keeps_its_own_former_name() -> None:
    assert parse_former_names("Giữ nguyên: Xã Phong Nẫm (huyện Kế Sách)") == (
        FormerName("Phong Nẫm", kind="xã", district="huyện Kế Sách"),
    )


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(("\ufeff" + HEADER + TOP).encode())
    assert [row.code for row in read_units(path)] == ["92"]


def test_branches_may_name_parents_that_are_already_in_the_tree() -> None:
    text = HEADER + "31528-01,Chi hội ấp An Khương,chi_hoi,31528,\n"
    (row,) = read_units(text, known_codes={"31528"})
    assert row.level is UnitLevel.BRANCH
    with pytest.raises(ContentError, match="Dòng 2, cột parent"):
        read_units(text)


FAULTS = {
    "unknown parent": (TOP + "1,Xã A,xa,99,\n", ["Dòng 3, cột parent: không có đơn vị nào mang mã “99”."]),
    "duplicate code": (TOP + "92,Xã A,xa,,\n", ["Dòng 3, cột code: mã “92” đã có ở dòng 2."]),
    "missing name": (TOP + "1,,xa,92,\n", ["Dòng 3, cột name: thiếu tên đơn vị."]),
    "unknown level": (TOP + "1,Xã A,huyen,92,\n", ["Dòng 3, cột level: không có cấp “huyen”"]),
    "bad code": (TOP + "mã 1,Xã A,xa,92,\n", ["Dòng 3, cột code"]),
    "cycle": ("1,Xã A,xa,2,\n2,Xã B,xa,1,\n", ["Dòng 2, cột parent: “1” và “2”", "Dòng 3, cột parent"]),
    "own parent": ("1,Xã A,xa,1,\n", ["Dòng 2, cột parent"]),
    "parent below": (
        TOP + "1,Chi hội A,chi_hoi,92,\n2,Xã B,xa,1,\n",
        ["Dòng 4, cột parent: đơn vị cấp trên “1” phải ở cấp cao hơn."],
    ),
    "former name unreadable": (TOP + "1,Xã A,xa,92,bla\n", ["Dòng 3, cột merged_from: “bla”"]),
    "too few columns": (TOP + "1,Xã A\n", ["Dòng 3: có 2 cột, cần 5 cột."]),
    "open quote": (TOP + '1,"Xã A,xa,92,\n', ["Dòng 3: không đọc được"]),
    "several at once": (TOP + "1,,huyen,92,\n", ["Dòng 3, cột level", "Dòng 3, cột name"]),
    "line after a name over two lines": (
        TOP + '1,"Xã\nA",xa,92,\n2,,xa,92,\n',
        ["Dòng 5, cột name: thiếu tên đơn vị."],
    ),
    "no rows": ("", ["Tệp không có đơn vị nào."]),
}


@pytest.mark.parametrize("label", FAULTS)
def test_a_faulty_file_is_refused_whole_naming_line_and_field(label: str) -> None:
    text, expected = FAULTS[label]
    with pytest.raises(ContentError) as caught:
        read_units(HEADER + text)
    assert len(caught.value.faults) == len(expected)
    assert all(map(str.startswith, caught.value.faults, expected)), caught.value.faults


@pytest.mark.parametrize("text", ["", "ma,ten\n1,2\n", "\x00\x01", "code;name;level;parent;merged_from\n"])
def test_a_wrong_header_is_named(text: str) -> None:
    with pytest.raises(ContentError, match="Dòng"):
        read_units(text)


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", "code,tên".encode("utf-16")])
def test_a_file_that_is_no_utf8_text_says_how_to_save_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    with pytest.raises(ContentError, match="CSV UTF-8"):
        read_units(path)


def test_the_places_outside_are_the_rest_of_the_citys_103_units() -> None:
    places = [unit.place for unit in read_outside_units(CONTENT / "outside_units.csv")]
    assert Counter(place.kind for place in places) == {
        "phường": 23,
        "xã": 38,
        "tỉnh": 1,
    }  # One xã is unconfirmed.
    assert len(set(places)) == len(places)


def test_a_faulty_list_of_places_outside_is_refused_with_the_line() -> None:
    with pytest.raises(ContentError, match="Dòng 3"):
        read_outside_units("name,note\nXã Thạnh Phú,\nThạnh Phú,\n")
    with pytest.raises(ContentError, match="tiêu đề"):
        read_outside_units("ten\n")
