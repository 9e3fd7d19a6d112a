from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Span, Style
from broadcasts import markup, message
from broadcasts.content import Content, Rule, Trial
from broadcasts.message import Person, Template
from broadcasts.prepared import Prepared

BOLD, ITALIC = Style.BOLD, Style.ITALIC
HOA = Person("Nguyễn Thị Hoa", "Xã Kế Sách", local={"chi_hoi_truong": "chị Sáu"})


@dataclass(frozen=True)
class Case:
    label: str
    text: str
    expect: str
    spans: tuple[tuple[Style, str], ...] = ()  # What stands out, as words.
    unclosed: tuple[str, ...] = ()


CASES = [
    Case("bold", "Chào **chị** nhé", "Chào chị nhé", ((BOLD, "chị"),)),
    Case("italic", "Chào _chị_ nhé", "Chào chị nhé", ((ITALIC, "chị"),)),
    Case("one in the other", "**Mời _chị_ họp**", "Mời chị họp", ((BOLD, "Mời chị họp"), (ITALIC, "chị"))),
    Case("a field inside", "**{{ten}} ơi**", "Hoa ơi", ((BOLD, "Hoa ơi"),)),
    Case("emoji before", "😀 **ấp**", "😀 ấp", ((BOLD, "ấp"),)),
    Case("twice in a line", "**a** và **b**", "a và b", ((BOLD, "a"), (BOLD, "b"))),
    Case("not closed", "**Chào chị", "**Chào chị", (), ("**",)),
    Case("not closed in its line", "**Chào\nchị**", "**Chào\nchị**", (), ("**",)),
    Case("italic not closed", "_Chào chị", "_Chào chị", (), ("_",)),
    Case("crossed", "**a _b** c_", "a _b c_", ((BOLD, "a _b"),), ("_",)),
    Case("stars with blanks around are a sum", "5 ** 3 * 2", "5 ** 3 * 2"),
    Case("a line to write on", "Tên: ____", "Tên: ____"),
    Case("a word with underscores", "ten_don_vi và a_b_c", "ten_don_vi và a_b_c"),
    Case("empty", "**** __", "**** __"),
    Case("three stars", "***a***", "***a***"),
    Case("a link", "Xem [chương trình](https://hoi.vn/a_b_c).", "Xem chương trình: https://hoi.vn/a_b_c."),
    Case("a link in bold", "**[ở đây](https://hoi.vn)**", "ở đây: https://hoi.vn", ((BOLD, "ở đây: https://hoi.vn"),)),
    Case("a link that says its address", "[https://hoi.vn](https://hoi.vn)", "https://hoi.vn"),
    Case("an address with underscores", "https://hoi.vn/_a_/_b_ nhé", "https://hoi.vn/_a_/_b_ nhé"),
    Case("an address at a bold end", "**Xem https://hoi.vn/x**", "Xem https://hoi.vn/x", ((BOLD, "Xem https://hoi.vn/x"),)),
    Case("a link not closed", "[ở đây](https://hoi.vn", "[ở đây](https://hoi.vn"),
    Case("no address of the web", "[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    Case("her own fallback", "{{ap|xóm mình}}", "xóm mình"),
    Case("the usual fallback", "{{ap}} {{ap|}}", "ấp mình ấp mình"),
    Case("a local field", "{{chi_hoi_truong}}", "chị Sáu"),
    Case("a local field that no unit fills", "{{lich|hỏi chi hội}} {{lich}}", "hỏi chi hội lịch do chi hội báo"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_what_is_marked_stands_out_and_the_marks_are_gone(case: Case) -> None:
    local = {"chi_hoi_truong": "chi hội trưởng", "lich": "lịch do chi hội báo"}
    rendered = Template(case.text, local=local).render(HOA)
    units = rendered.text.encode("utf-16-le")
    said = tuple(
        (one.style, units[2 * one.start : 2 * (one.start + one.length)].decode("utf-16-le"))
        for one in rendered.spans
    )
    assert (rendered.text, said) == (case.expect, case.spans)
    assert tuple(markup.parse(case.text).unclosed) == case.unclosed


@given(st.text(alphabet="ab *_[](){}|\n😀ấkកhtps:/.", max_size=60))
def test_any_text_is_taken_apart_and_its_spans_lie_within_it(text: str) -> None:
    rendered = Template(text).render(HOA)
    most = len(rendered.text.encode("utf-16-le")) // 2
    assert all(one.start >= 0 and one.start + one.length <= most for one in rendered.spans)
    for one in rendered.spans:
        for other in rendered.spans:
            apart = one.start + one.length <= other.start or other.start + other.length <= one.start
            assert apart or _within(one, other) or _within(other, one)


def _within(one: Span, other: Span) -> bool:
    return other.start <= one.start and one.start + one.length <= other.start + other.length


def test_what_stands_in_a_row_is_never_markup() -> None:
    rendered = Template("Chào {{ho_ten}}").render(Person("**Hoa** [x](https://a.vn) {{xa}}"))
    assert (rendered.text, rendered.spans) == ("Chào **Hoa** [x](https://a.vn) {{xa}}", ())


def test_links_are_numbered_once_in_all_texts() -> None:
    second = {"vi": "https://a.vn https://d.vn"}
    texts = {"km": "https://c.vn https://a.vn", "vi": "[x](https://a.vn) https://b.vn. https://a.vn"}
    content = Content(counts_clicks=True, trial=Trial(second, 20, Rule.CLICKED, 4))
    assert message.links(texts, content) == [f"https://{name}.vn" for name in "abcd"]
    outgoing = Prepared(texts, content).outgoing("km", HOA, lambda number: f"/r/{number}")
    assert outgoing.text.startswith("/r/2 /r/0")
    told = Prepared(texts, content).outgoing("vi", HOA, lambda number: f"/r/{number}", variant=2)
    assert told.text.startswith("/r/0 /r/3")
    assert (
        Prepared(texts, Content())
        .outgoing("km", HOA, lambda number: f"/r/{number}")
        .text.startswith("https://c")
    )
