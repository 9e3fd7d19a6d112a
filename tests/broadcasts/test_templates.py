from pathlib import Path

import pytest

from bot.errors import ContentError
from broadcasts.templates import blanks_of, filled_in, read_announcements

CONTENT = Path(__file__).parents[2] / "config" / "content" / "campaigns.vi.yaml"

GOOD = """
version: 1
timezone: Asia/Ho_Chi_Minh
categories: {suc_khoe: "Sức khỏe"}
calendar: [{date: "03-08", name: "8/3", certainty: A}]
announcements:
- id: ANN-01
  title: "Khám sức khỏe"
  category: suc_khoe
  send: {rule: "7 ngày trước", remind: none}
  audience: {units: "xã", who: "đồng ý 'suc_khoe'", exclude: none}
  fields: [gio]
  text: "Chào {{ten}}, khám lúc {{gio}}."
  khmer: optional
"""


def test_our_own_file_is_read_whole() -> None:
    announcements = read_announcements(CONTENT)
    assert len(announcements) == 12
    assert all(blanks_of(one.text) for one in announcements)


def test_advice_names_categories_and_says_nothing_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(GOOD, "utf-8")
    (one,) = read_announcements(path)
    assert (one.category, one.who, one.not_whom) == ("Sức khỏe", "xã: đồng ý «Sức khỏe»", "")


CASES = [
    ("a missing field", '  title: "Khám sức khỏe"\n', "", "dòng 7, mục ANN-01: thiếu 'title'"),
    (
        "an unknown field",
        "  khmer: optional",
        "  khmer: optional\n  colour: red",
        "không có ô nào tên 'colour'",
    ),
    (
        "an unknown category",
        "category: suc_khoe",
        "category: tien",
        "mục ANN-01: 'category' 'tien' không có trong",
    ),
    (
        "a blank that is not listed",
        "fields: [gio]",
        "fields: []",
        "'text' dùng ô {{gio}} không có trong 'fields'",
    ),
    ("a brace left open", "{{gio}}.", "{{gio}} {{.", "'text' có dấu {{ }} viết không đúng"),
    ("a wrong version", "version: 1", "version: 2", "'version' không được là"),
]


@pytest.mark.parametrize(("before", "after", "fault"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_file_with_a_fault_is_refused_whole_naming_it(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    path = tmp_path / "file.yaml"
    assert before in GOOD
    path.write_text(GOOD.replace(before, after), "utf-8")
    with pytest.raises(ContentError) as refused:
        read_announcements(path)
    assert fault in "\n".join(refused.value.faults)


def test_same_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    again = GOOD[GOOD.index("- id:") :]
    path.write_text(GOOD + again, "utf-8")
    with pytest.raises(ContentError, match="ANN-01 đã có ở trên"):
        read_announcements(path)


def test_blanks_are_filled_and_merge_fields_left_for_each_person() -> None:
    text = "{{ten}} ơi, lúc {{gio}} tại {{ noi }}, {{gio}}"
    assert blanks_of(text) == ["gio", "noi"]
    assert filled_in(text, {"gio": "7 giờ", "noi": " "}) == "{{ten}} ơi, lúc 7 giờ tại {{ noi }}, 7 giờ"
