from dataclasses import dataclass
from gettext import NullTranslations

import pytest

from bot.text import utf16_length
from broadcasts import message, text_faults
from broadcasts.message import STOP_LINES, Person, Template

_ = NullTranslations().gettext
HOA = Person("Nguyễn Thị Hoa", "Xã Kế Sách", "ấp An Ninh")
STOP = "Gõ NGUNG để dừng."


@dataclass(frozen=True)
class Rendered:
    label: str
    text: str
    expect: str
    person: Person = HOA
    language: str = "vi"


RENDERED = [
    Rendered("every field", "{{ten}}, {{ho_ten}}, {{xa}}, {{ap}}", "Hoa, Nguyễn Thị Hoa, Xã Kế Sách, ấp An Ninh"),
    Rendered("blanks inside", "Chị {{ ten }}", "Chị Hoa"),
    Rendered("twice", "{{ten}} {{ten}}", "Hoa Hoa"),
    Rendered("no field", "Mời họp", "Mời họp"),
    Rendered("unknown stays", "{{tuoi}} {{ten}}", "{{tuoi}} Hoa"),
    Rendered("not expanded again", "{{ho_ten}} {{ap}}", "{{xa}} {{ten}}", Person("{{xa}}", "Xã", "{{ten}}")),
    Rendered("pieces do not join to a field", "{{{ten}}}", "{xa}", Person("xa", "Xã")),
    Rendered("markup is text", "{{ho_ten}}", "<b>*Hoa*</b>", Person("<b>*Hoa*</b>")),
    Rendered("format signs are text", "{{ten}} 100% {0} %s \\1", "\\g<0>%(a)s 100% {0} %s \\1", Person("\\g<0>%(a)s")),
    Rendered("lines and controls in a name", "{{ho_ten}}!", "Hoa Lan!", Person("Hoa\n\x07Lan")),
    Rendered("nothing known", "{{ten}} {{xa}} {{ap}}", "chị xã mình ấp mình", Person("")),
    Rendered("one word", "{{ten}}", "Sokha", Person("Sokha")),
    Rendered("too long a hamlet", "{{ap}}", "a" * 99 + "…", Person("Hoa", "Xã", "a" * 300)),
]  # fmt: skip


@pytest.mark.parametrize("case", RENDERED, ids=lambda case: case.label)
def test_a_text_is_filled_with_what_is_known_of_a_person(case: Rendered) -> None:
    assert (
        Template(f"{case.text}\n{STOP}", case.language).render(case.person).text == f"{case.expect}\n{STOP}"
    )


@dataclass(frozen=True)
class Fault:
    label: str
    text: str
    count: int
    says: str = ""
    limit: int | None = 4096


FAULTS = [
    Fault("none", f"Chào {{{{ten}}}}. {STOP}", 0),
    Fault("empty", "", 1, "Chưa có nội dung"),
    Fault("blanks and controls", " \n\t\x07", 1, "Chưa có nội dung"),
    Fault("unknown field", "Chào {{tên}}", 1, "{{tên}}"),
    Fault("unknown field twice", "{{tuoi}} {{tuoi}}", 1, "{{tuoi}}"),
    Fault("two unknown fields", "{{tuoi}} {{lop}}", 2),
    Fault("field without a name", "Chào {{}}", 1, "{{}}"),
    Fault("not closed", "Chào {{ten", 1, "chưa khép"),
    Fault("closed by one", "Chào {{ten}, mời", 1, "chưa khép"),
    Fault("not opened", "Chào ten}}", 1, "chưa khép"),
    Fault("single braces", "Chào {ten}", 1, "hai dấu ngoặc"),
    Fault("other single braces", "Chào {bạn} :}", 0),
    Fault("as long as can be", "a" * (4096 - len(f"\n{STOP}")) + f"\n{STOP}", 0),
    Fault("one too long", "a" * (4097 - len(f"\n{STOP}")) + f"\n{STOP}", 1, "4097"),
    Fault("too long with the stop line", "a" * 4096, 1, "dài quá"),
    Fault("too long for the longest name", f"{{{{ho_ten}}}} {STOP}", 1, "dài quá", limit=100),
    Fault("emoji count twice", "😀" * 2048 + STOP, 1, "dài quá"),
    Fault("no limit", "a" * 100_000, 0, limit=None),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.label)
def test_faults_are_named_before_anything_is_sent(case: Fault) -> None:
    found = text_faults.faults(case.text, case.limit, _)
    assert len(found) == case.count, found
    assert case.says in " ".join(found)


def test_no_person_gets_a_longer_text_than_was_checked() -> None:
    template = Template("{{ten}}{{ho_ten}}{{xa}}{{ap}}" * 3)
    longest = template.render(Person("x" * 500, "😀" * 300, "ក" * 500))
    assert utf16_length(longest.text) <= template.longest()


@pytest.mark.parametrize(
    ("text", "language", "expect"),
    [
        ("Mời chị họp.", "vi", "Mời chị họp.\n\n" + STOP_LINES["vi"]),
        ("Tạm ngừng họp.", "vi", "Tạm ngừng họp.\n\n" + STOP_LINES["vi"]),
        ("Mời họp. Gõ ngung để thôi.", "vi", "Mời họp. Gõ ngung để thôi."),
        ("  Mời họp.\r\n\r\nGõ NGUNG.  ", "vi", "Mời họp.\n\nGõ NGUNG."),
        ("សូមអញ្ជើញ", "km", "សូមអញ្ជើញ\n\n" + STOP_LINES["km"]),
    ],
)
def test_every_text_says_how_to_stop(text: str, language: str, expect: str) -> None:
    assert message.complete(text, language) == expect
    assert message.complete(expect, language) == expect


def test_vietnamese_must_be_there_and_other_languages_must_be_ours() -> None:
    assert list(text_faults.faults_of_all({"km": "សួស្តី"}, 4096, _)) == ["vi"]
    assert list(text_faults.faults_of_all({"vi": "Chào", "fr": "Bonjour"}, 4096, _)) == ["fr"]
    assert text_faults.faults_of_all({"vi": "Chào", "km": "សួស្តី"}, 4096, _) == {}


def test_who_reads_a_language_that_was_not_written_gets_vietnamese() -> None:
    assert message.language_for({"vi": "a", "km": "b"}, "km") == "km"
    assert message.language_for({"vi": "a"}, "km") == "vi"
