from dataclasses import dataclass
from gettext import NullTranslations

import pytest

from bot.channels.contract import Attachment, Choice, FileKind, Span, Style
from bot.text import utf16_length
from broadcasts import message, text_faults
from broadcasts.content import Approved, Content, Rule, Trial
from broadcasts.message import STOP_LINES, Person, Template
from broadcasts.prepared import Prepared

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
    Rendered("nothing known of whom the sentence greets already", "Chào chị {{ten}}! Mời chị.", "Chào chị! Mời chị.", Person("")),
    Rendered("said already, as it begins", "Chị em xã {{xa}} ơi", "Chị em xã mình ơi", Person("")),
    Rendered("said already, in another place", "chị ơi, {{ten}}", "chị ơi, chị", Person("")),
    Rendered("said already, as a part of a word", "Khchị {{ten}}", "Khchị chị", Person("")),
    Rendered("said already, in her own words", "Kính gửi chị em {{ten|chị em}}.", "Kính gửi chị em.", Person("")),
    Rendered("said already, standing out", "Chị **{{ten}}**, mời chị", "Chị, mời chị", Person("")),
    Rendered("said already, in Khmer", "ជម្រាបសួរបងស្រី {{ten}}!", "ជម្រាបសួរបងស្រី!", Person(""), "km"),
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
    Fault("two that are still to be filled in, in one sentence", "{{tuoi}} {{lop}}", 1, "{{tuoi}}, {{lop}}"),
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


def test_answers_stand_in_the_text_by_number_before_the_line_that_says_how_to_stop() -> None:
    content = Content(
        answers=({"vi": "Em đi được", "km": "ខ្ញុំទៅបាន"}, {"vi": "Em  bận"}),
        attachment=Attachment(FileKind.IMAGE, 7),
    )
    outgoing = Prepared({"vi": "**Mời** {{ten}} họp", "km": "សូមអញ្ជើញ"}, content).outgoing("vi", HOA)
    assert outgoing.text == (
        "Mời Hoa họp\n\nChị trả lời bằng một số:\n1. Em đi được\n2. Em bận\n\n" + STOP_LINES["vi"]
    )
    assert outgoing.choices == (Choice("1", "Em đi được"), Choice("2", "Em bận"))
    assert outgoing.spans == (Span(Style.BOLD, 0, 3),)
    assert outgoing.attachment == Attachment(FileKind.IMAGE, 7)
    in_khmer = Prepared({"vi": "a", "km": "សូមអញ្ជើញ"}, content).outgoing("km", HOA)
    assert [choice.label for choice in in_khmer.choices] == ["ខ្ញុំទៅបាន", "Em bận"]
    assert Prepared({"vi": "Chào"}, content).outgoing("km", HOA).text.startswith("Chào")


def test_nobody_gets_a_longer_message_than_was_checked() -> None:
    content = Content(answers=({"vi": "Có"},), counts_clicks=True)
    prepared = Prepared(
        {"vi": "{{chi_hoi_truong}} {{don_vi}} https://a.vn"}, content, {"chi_hoi_truong": "x"}
    )
    person = Person("Hoa", unit="u" * 500, local={"chi_hoi_truong": "😀" * 400})
    longest = prepared.outgoing("vi", person, lambda _number: "https://hoi.vn/r/" + "t" * 100)
    assert utf16_length(longest.text) <= prepared.longest("vi")


def test_approved_wording_is_filled_in_and_cut_to_what_the_platform_takes() -> None:
    approved = Approved(3, "77", {"ten": "{{ho_ten}}", "viec": "họp"}, longest={"ten": 10})
    call = message.call(approved, HOA, phone="+84912").template
    assert call is not None
    assert (call.template_id, call.phone) == ("77", "+84912")
    assert call.values == {"ten": "Nguyễn Th…", "viec": "họp"}


MARKS = [
    ("bold is open", "**Chào", "dấu ** chưa khép"),
    ("italic is open", "_Chào", "dấu _ chưa khép"),
    ("a link is open", "[x](https://a.vn", "liên kết viết chưa đủ"),
    ("a local field", "{{lich_hop}}", ""),
]


@pytest.mark.parametrize(("text", "says"), [case[1:] for case in MARKS], ids=[case[0] for case in MARKS])
def test_a_mark_that_is_not_closed_is_a_fault(text: str, says: str) -> None:
    found = text_faults.faults(text, 4096, _, local=["lich_hop"])
    assert [says in fault for fault in found] == [True] * bool(says)


def test_the_second_text_of_two_is_checked_too() -> None:
    content = Content(trial=Trial({"vi": "{{tuoi}}"}, 20, Rule.ANSWERED, 4))
    assert list(text_faults.faults_of_all({"vi": "Chào"}, 4096, _, content=content)) == ["vi"]
