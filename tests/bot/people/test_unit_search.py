"""What members type for their commune, and the one answer that is right: sure, asked about, or not found."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.outside_units import read_outside_units
from bot.people.unit_file import FormerName, UnitRow, read_units
from bot.people.unit_places import bare_name
from bot.people.unit_search import MOST_CHOICES, ChoiceKind, Found, NotFound, Several, UnitSearch
from bot.people.unit_spelling import is_one_slip, key_of
from bot.store.tables.people import UnitLevel
from bot.text import fold

CONTENT = Path(__file__).parents[3] / "config" / "content"
OUTSIDE = read_outside_units(CONTENT / "outside_units.csv")
ROWS = read_units(CONTENT / "units.csv")
UNITS = [row for row in ROWS if row.level in {UnitLevel.WARD, UnitLevel.COMMUNE}]
SEARCH = UnitSearch.build(ROWS, outside=OUTSIDE)
BY_NAME = {bare_name(row.name)[1]: row for row in UNITS}
FORMERS = [(former, row) for row in UNITS for former in row.former_names]
OUT, AGAIN = "(nơi khác)", "(gõ lại)"


def describe(text: str) -> str | list[str]:
    """The answer in names: "Kế Sách" when sure, a list when asked, an empty list when not found."""
    answer = SEARCH.find(text)
    names = {row.code: bare_name(row.name)[1] for row in UNITS}
    if isinstance(answer, Found):
        return names[answer.code]
    if isinstance(answer, NotFound):
        return []
    special = {ChoiceKind.OUTSIDE: OUT, ChoiceKind.RETYPE: AGAIN}
    return [names[choice.code] if choice.code else special[choice.kind] for choice in answer.choices]


def spellings(name: str) -> list[str]:
    return [name, fold(name), fold(name).upper(), fold(name).replace(" ", "")]


@pytest.mark.parametrize("row", UNITS, ids=lambda row: row.code)
def test_every_unit_is_found_by_its_full_name_however_it_is_typed(row: UnitRow) -> None:
    name = bare_name(row.name)[1]
    short = "P." if row.level is UnitLevel.WARD else "X."
    for text in (
        *spellings(row.name),
        f"{short} {name}",
        f"{short[0].lower()} {fold(name)}",
        f"em ở {row.name} nha",
    ):
        assert SEARCH.find(text) == Found(row.code), text
    assert SEARCH.find(f"{row.name}, TP Cần Thơ") == Found(row.code)


@pytest.mark.parametrize("row", UNITS, ids=lambda row: row.code)
def test_every_units_bare_name_finds_it_or_offers_it_first(row: UnitRow) -> None:
    for text in spellings(bare_name(row.name)[1]):
        answer = SEARCH.find(text)
        assert isinstance(answer, Found | Several)
        first = answer.code if isinstance(answer, Found) else answer.choices[0].code
        assert first == row.code, text


@pytest.mark.parametrize(
    ("former", "row"), FORMERS, ids=lambda value: str(value) if isinstance(value, FormerName) else ""
)
def test_every_old_name_with_its_old_district_finds_the_unit_of_today(
    former: FormerName, row: UnitRow
) -> None:
    district = bare_name(former.district)[1]
    for text in (
        f"{former}, {former.district}",
        f"{former} ({former.district})",
        fold(f"{former} {former.district}"),
        fold(f"em o {former} {former.district} tinh soc trang"),
        f"{former}, {district}",
    ):
        assert SEARCH.find(text) == Found(row.code), text


def readings() -> dict[str, set[str]]:
    """For each folded name: every unit that a current, a merged or a district name of that spelling leads to."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in UNITS:
        found[fold(bare_name(row.name)[1])].add(row.code)
        for former in row.former_names:
            found[fold(bare_name(former.district)[1])].add(row.code)
            if not former.name.isdecimal():
                found[fold(former.name)].add(row.code)
    for unit in OUTSIDE:
        if fold(unit.place.name) in found:
            found[fold(unit.place.name)].add(OUT)
    return found


@pytest.mark.parametrize(("name", "meant"), readings().items())
def test_a_name_is_asked_about_exactly_where_its_readings_differ(name: str, meant: set[str]) -> None:
    answer = SEARCH.find(name)
    if isinstance(answer, Found):
        assert meant == {answer.code}
        return
    assert isinstance(answer, Several)
    offered = {choice.code or OUT for choice in answer.choices}
    assert meant <= offered
    cut_short = any(fold(other).startswith(f"{name} ") for other in ALL_NAMES)
    assert len(meant) > 1 or cut_short


ALL_NAMES = {former.name for former, _ in FORMERS} | set(BY_NAME) | {unit.place.name for unit in OUTSIDE}

TOWN = ["Sóc Trăng", "Phú Lợi", "Mỹ Xuyên"]
KE_SACH = ["Kế Sách", "An Lạc Thôn", "Phong Nẫm", "Thới An Hội", "Nhơn Mỹ", "Đại Hải"]
LONG_PHU = ["Long Phú", "Nhơn Mỹ", "Đại Ngãi", "Trường Khánh", "Tân Thạnh"]
MY_XUYEN = ["Mỹ Xuyên", "Nhu Gia", "Hòa Tú", "Ngọc Tố", "Gia Hòa"]
VINH_CHAU = ["Vĩnh Châu", "Khánh Hòa", "Vĩnh Hải", "Vĩnh Phước", "Lai Hòa"]
CHAU_THANH = ["Phú Tâm", "Hồ Đắc Kiện", "Thuận Hòa", "An Ninh"]


@dataclass(frozen=True)
class Case:
    text: str
    expect: str | list[str]


TRAPS = [
    Case("cu lao dung", ["Cù Lao Dung", "An Thạnh"]),
    Case("Cù Lao Dung, Sóc Trăng", ["Cù Lao Dung", "An Thạnh"]),
    Case("thị trấn Cù Lao Dung", "An Thạnh"),
    Case("TT Cù Lao Dung", "An Thạnh"),
    Case("TT.Cu Lao Dung, h. Cu Lao Dung", "An Thạnh"),
    Case("xã Cù Lao Dung", "Cù Lao Dung"),
    Case("huyện Cù Lao Dung", ["Cù Lao Dung", "An Thạnh"]),
    Case("CLD", ["Cù Lao Dung", "An Thạnh"]),
    Case("an thanh", ["An Thạnh", "Cù Lao Dung"]),
    Case("An Thạnh, Cù Lao Dung", ["An Thạnh", "Cù Lao Dung"]),
    Case("xã An Thạnh", "An Thạnh"),
    Case("an thanh 1", "An Thạnh"),
    Case("An Thạnh 2", "Cù Lao Dung"),
    Case("an thanh II", "Cù Lao Dung"),
    Case("An Thạnh Ba", "Cù Lao Dung"),
    Case("an thanh dong", "An Thạnh"),
    Case("an thanh nam", "Cù Lao Dung"),
    Case("dai an", ["Cù Lao Dung", "Trần Đề"]),
    Case("Đại Ân 2", "Trần Đề"),
    Case("Gia Hòa", ["Gia Hòa", "Nhu Gia"]),
    Case("gia hoa 1", "Nhu Gia"),
    Case("xã Gia Hoà", "Gia Hòa"),
    Case("hoa tu", "Hòa Tú"),
    Case("Hòa Tú nhứt", "Hòa Tú"),
    Case("thanh quoi", ["Gia Hòa", OUT]),
    Case("xã Thạnh Quới", ["Gia Hòa", OUT]),
    Case("Thạnh Quới, Mỹ Xuyên", "Gia Hòa"),
    Case("thanh phu", ["Nhu Gia", OUT]),
    Case("Xã Thạnh Phú", ["Nhu Gia", OUT]),
    Case("Thạnh Phú Mỹ Xuyên", "Nhu Gia"),
    Case("thanh phu soc trang", "Nhu Gia"),
    Case("thanh phu can tho", ["Nhu Gia", OUT]),
    Case("phu huu", ["Trường Khánh", OUT]),
    Case("Phú Hữu, Long Phú", "Trường Khánh"),
    Case("thuan hung", ["Mỹ Hương", OUT]),
    Case("phường Thuận Hưng", ["Mỹ Hương", OUT]),
    Case("Thuận Hưng, Mỹ Tú", "Mỹ Hương"),
    Case("Thuận Hưng, Thốt Nốt", [OUT]),
    Case("hung phu", ["Long Hưng", OUT]),
    Case("xã Hưng Phú huyện Mỹ Tú", "Long Hưng"),
    Case("chau thanh", [*CHAU_THANH, OUT]),
    Case("thị trấn Châu Thành", ["Phú Tâm", OUT]),
    Case("huyện Châu Thành", [*CHAU_THANH, OUT]),
    Case("TT Châu Thành, Sóc Trăng", "Phú Tâm"),
    Case("long binh", ["Tân Long", OUT]),
    Case("Long Bình Ngã Năm", "Tân Long"),
    Case("tan hung", ["Tân Thạnh", OUT]),
    Case("Tân Hưng huyện Long Phú", "Tân Thạnh"),
    Case("long phu", [*LONG_PHU, OUT]),
    Case("xã Long Phú", "Long Phú"),
    Case("thị trấn Long Phú", "Long Phú"),
    Case("xa long phu huyen long phu", "Long Phú"),
    Case("Long Phú, Long Phú", "Long Phú"),
    Case("huyện Long Phú", LONG_PHU),
    Case("Long Phú 1", ["Long Phú", OUT]),
    Case("Long Phu I", ["Long Phú", OUT]),
    Case("vinh thanh", ["Vĩnh Lợi", OUT]),
    Case("Vĩnh Thành", "Vĩnh Lợi"),
    Case("Vĩnh Thạnh", [OUT]),
    Case("Kế Sách", KE_SACH),
    Case("ke sach soc trang", KE_SACH),
    Case("huyen ke sach", KE_SACH),
    Case("Kế Sách, Kế Sách", "Kế Sách"),
    Case("Mỹ Tú", ["Mỹ Tú", "Long Hưng", "Mỹ Hương", "Mỹ Phước"]),
    Case("Mỹ Xuyên", MY_XUYEN),
    Case("Mỹ Xuyên, Sóc Trăng", MY_XUYEN),
    Case("thị trấn Mỹ Xuyên", "Mỹ Xuyên"),
    Case("Vĩnh Châu", VINH_CHAU),
    Case("TX Vĩnh Châu", VINH_CHAU),
    Case("Ngã Năm", ["Ngã Năm", "Tân Long", "Mỹ Quới"]),
    Case("Thạnh Trị", ["Phú Lộc", "Tân Long", "Lâm Tân", "Vĩnh Lợi"]),
    Case("Khánh Hòa", "Khánh Hòa"),
    Case("Vĩnh Phước", "Vĩnh Phước"),
    Case("Sóc Trăng", [*TOWN, AGAIN]),
    Case("ST", [*TOWN, AGAIN]),
    Case("TP Sóc Trăng", TOWN),
    Case("phường Sóc Trăng", "Sóc Trăng"),
    Case("tỉnh Sóc Trăng", []),
    Case("Cần Thơ", [OUT, AGAIN]),
    Case("Hậu Giang", [OUT]),
    Case("xã Phong Điền", [OUT]),
]

WARDS = [
    Case("phường 1", ["Phú Lợi", "Ngã Năm", "Vĩnh Châu", OUT]),
    Case("P2", ["Phú Lợi", "Ngã Năm", "Vĩnh Châu", OUT]),
    Case("f3", ["Phú Lợi", "Mỹ Quới", OUT]),
    *[Case(f"p.{number}", ["Sóc Trăng", OUT]) for number in (5, 6, 7, 8)],
    Case("phường 4", ["Phú Lợi", OUT]),
    Case("P10", ["Mỹ Xuyên", OUT]),
    Case("phuong 1 tinh soc trang", ["Phú Lợi", "Ngã Năm", "Vĩnh Châu"]),
    Case("phuong 5 soc trang", "Sóc Trăng"),
    Case("P5 ST", "Sóc Trăng"),
    Case("F10 tp soc trang", "Mỹ Xuyên"),
    Case("P.V ST", "Sóc Trăng"),
    Case("phường IV, Sóc Trăng", "Phú Lợi"),
    Case("phường số 6 TP Sóc Trăng", "Sóc Trăng"),
    Case("phường năm sóc trăng", "Sóc Trăng"),
    Case("phuong 1 soc trang", "Phú Lợi"),
    Case("p1 vĩnh châu", "Vĩnh Châu"),
    Case("P.1 VC", "Vĩnh Châu"),
    Case("phường 2, tx Ngã Năm", "Ngã Năm"),
    Case("phuong 3 nga nam", "Mỹ Quới"),
    Case("khóm 2 phường 2 Vĩnh Châu", "Vĩnh Châu"),
    Case("Vĩnh Châu phường 1 Sóc Trăng", "Vĩnh Châu"),
    Case("phường 5, phường Sóc Trăng", "Sóc Trăng"),
    Case("phường 1, phường Sóc Trăng", ["Sóc Trăng", "Phú Lợi", "Ngã Năm", "Vĩnh Châu", OUT]),
    Case("phường 9 sóc trăng", [*TOWN, AGAIN]),
    Case("P５", ["Sóc Trăng", OUT]),
]

AS_TYPED = [
    Case("Ke An", "Kế Sách"),
    Case("Kế An, Kế Sách", "Kế Sách"),
    Case("em o xa Ke An huyen Ke Sach", "Kế Sách"),
    Case("dạ em ở xã Kế An (cũ) ạ", "Kế Sách"),
    Case("nhà tui ở ấp 3 xã Đại Hải", "Đại Hải"),
    Case("ấp 3 Đại Hải", "Đại Hải"),
    Case("nhà em ấp Phước Hòa Đại Hải huyện Kế Sách", "Đại Hải"),
    Case("ấp An Mỹ, xã Kế An", "Kế Sách"),
    Case("Hội LHPN xã Mỹ Tú", "Mỹ Tú"),
    Case("xakean", "Kế Sách"),
    Case("keankesach", "Kế Sách"),
    Case("xakeanhuyenkesach", "Kế Sách"),
    Case("x.kean,h.kesach", "Kế Sách"),
    Case("kean ks", "Kế Sách"),
    Case("kesach", KE_SACH),
    Case("kees sachs", KE_SACH),
    Case("Kees An, Kees Sachs", "Kế Sách"),
    Case("xax Kees An", "Kế Sách"),
    Case("em o xa mi tu", "Mỹ Tú"),
    Case("Mĩ Hương", "Mỹ Hương"),
    Case("xa mi phuoc", "Mỹ Phước"),
    Case("Ddaij Haair", "Đại Hải"),
    Case("Phuowngf 5 Socs Trawng", "Sóc Trăng"),
    Case("phuowngf Myx Xuyeen", "Mỹ Xuyên"),
    Case("D9a5i Ha3i", "Đại Hải"),
    Case("tt huynh huu nghia", "Mỹ Tú"),
    Case("thi tran dai ngai", "Đại Ngãi"),
    Case("hòa đông", "Khánh Hòa"),
    Case("Hoà Đông", "Khánh Hòa"),
    Case("lit hoi thuong", "Lịch Hội Thượng"),
    Case("truong kanh", ["Trường Khánh"]),
    Case("Trường Khánh An", ["Trường Khánh"]),
    Case("Đại Hải ST", "Đại Hải"),
    Case("lich hoi thuogn", "Lịch Hội Thượng"),
    Case("Kế Xách", KE_SACH),
    Case("Ke Sahc", KE_SACH),
    Case("dai hay", ["Đại Hải"]),
    Case("Đại Hảii", ["Đại Hải"]),
    Case("ngok to", ["Ngọc Tố"]),
    Case("cu lau dung", ["Cù Lao Dung", "An Thạnh"]),
    Case("lam kiec thanh tri", "Lâm Tân"),
    Case("Ke An huyen Ke Sahc", "Kế Sách"),
    Case("vinh loc", ["Vĩnh Lợi"]),
    Case("Lịch Hợi Thươn", "Lịch Hội Thượng"),
    Case("LHT", ["Lịch Hội Thượng"]),
    Case("an lac", ["An Lạc Thôn", "Thới An Hội"]),
    Case("thoi an", ["Thới An Hội", OUT]),
    Case("phu tam", "Phú Tâm"),
    Case("phu tan", "Thuận Hòa"),
    Case("xã Tân Thạnh Phú", ["Nhu Gia", OUT]),
    Case("ap My Phuoc", ["Mỹ Phước"]),
    Case("Kế An hay Đại Hải", ["Đại Hải", "Kế Sách"]),
    Case("hội mình có lo an ninh trật tự cho chị em không", ["An Ninh"]),
    Case("vc em muốn hỏi vay vốn", []),
    Case("abcxyz", []),
    Case("xã", []),
    Case("thị trấn", []),
    Case("", []),
    Case("🙂🙂", []),
    Case("ខ្ញុំនៅឃុំ", []),
    Case("1", []),
]


@pytest.mark.parametrize("case", [*TRAPS, *WARDS, *AS_TYPED], ids=lambda case: case.text)
def test_what_people_type_is_read_as_meant_or_asked_about(case: Case) -> None:
    assert describe(case.text) == case.expect


def labels(text: str) -> list[str]:
    answer = SEARCH.find(text)
    assert isinstance(answer, Several | NotFound)
    return [choice.label for choice in (answer.choices if isinstance(answer, Several) else answer.nearest)]


def test_a_choice_says_which_old_place_it_means() -> None:
    assert labels("thuan hung") == [
        "Xã Mỹ Hương (gồm xã Thuận Hưng, huyện Mỹ Tú cũ)",
        "Phường Thuận Hưng ở nơi khác trong TP Cần Thơ (không thuộc Sóc Trăng cũ)",
    ]
    assert labels("p1")[1] == "Phường Ngã Năm (gồm phường 1, thị xã Ngã Năm cũ)"
    assert labels("cu lao dung")[1] == "Xã An Thạnh (gồm thị trấn Cù Lao Dung, huyện Cù Lao Dung cũ)"
    assert labels("vinh chau")[2] == "Xã Vĩnh Hải"


def test_a_name_that_is_not_found_comes_with_its_neighbours() -> None:
    assert isinstance(SEARCH.find("truong khem"), NotFound)
    assert "Xã Trường Khánh" in labels("truong khem")[0]


@pytest.mark.parametrize(
    "name", sorted({bare_name(row.name)[1] for row in UNITS} | {f.name for f, _ in FORMERS})
)
def test_a_slip_in_a_name_that_another_name_is_like_is_asked_about(name: str) -> None:
    keys = {key_of(other) for other in ALL_NAMES}
    key = key_of(name)
    slips = {key[:i] + key[i + 1 :] for i in range(1, len(key))} | {
        key[:i] + "q" + key[i + 1 :] for i in range(1, len(key))
    }
    alike = any(is_one_slip(key, other) for other in keys - {key})
    for slip in slips - keys:
        answer = SEARCH.find(slip)
        if isinstance(answer, Found):
            assert not alike or any(slip.endswith(ward) for ward in "123"), slip
            assert answer.code in {row.code for f, row in FORMERS if f.name == name} | {
                row.code for row in UNITS if bare_name(row.name)[1] == name
            }, slip


def test_branches_and_groups_are_not_offered_as_communes() -> None:
    branch = UnitRow("31528-01", "Chi hội ấp An Khương", UnitLevel.BRANCH, "31528")
    assert UnitSearch.build([*ROWS, branch], outside=OUTSIDE).find("An Khương") == SEARCH.find("An Khương")


def test_a_province_without_old_names_or_outside_places_is_searched_as_well() -> None:
    rows = [
        UnitRow("1", "Xã Hòa Bình", UnitLevel.COMMUNE, None),
        UnitRow("2", "Tỉnh Hội", UnitLevel.PROVINCE, None),
    ]
    search = UnitSearch.build(rows, outside=[])
    assert search.find("hoa binh") == Found("1")
    assert UnitSearch.build([], outside=[]).find("hoa binh") == NotFound()


PIECES = st.sampled_from(
    ["xã", "P.", "5", "Kế", "Sách", "long phu", "tt", ",", "ấp", "I", "1", "kesach", "st", "s", "🙂", "ខ្មែរ"]
)


@given(
    st.one_of(
        st.text(), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join)
    )
)
def test_no_text_breaks_the_search_or_asks_too_much(text: str) -> None:
    answer = SEARCH.find(text)
    if isinstance(answer, Several):
        assert 1 <= len(answer.choices) <= MOST_CHOICES
        assert len({(choice.code, choice.kind) for choice in answer.choices}) == len(answer.choices)


@pytest.mark.parametrize(
    "text", ["a", "kế sách ", "1", "ខ្មែរ", "🙂", "kesach", "\n", "ế", "\u0301", "x" * 27 + " "]
)
def test_a_hundred_kilobytes_are_bounded(text: str) -> None:
    SEARCH.find(text * (100_000 // len(text)))
