from bot import spans, text
from bot.channels.contract import Span, Style

BOLD, ITALIC = Style.BOLD, Style.ITALIC


def test_a_text_in_parts_stands_out_where_it_did() -> None:
    whole = "Mời chị 😀 họp mặt\n\nSáng mai tại ấp Hai"
    parts = text.split(whole, 24)
    assert parts == ["Mời chị 😀 họp mặt", "Sáng mai tại ấp Hai"]
    stands_out = (Span(BOLD, 4, 3), Span(ITALIC, 11, 17))
    assert spans.of_parts(whole, parts, stands_out) == [
        (Span(BOLD, 4, 3), Span(ITALIC, 11, 7)),
        (Span(ITALIC, 0, 8),),
    ]


def test_parts_that_repeat_are_told_apart() -> None:
    assert spans.of_parts("ab ab", ["ab", "ab"], (Span(BOLD, 3, 2),)) == [(), (Span(BOLD, 0, 2),)]


def test_nothing_stands_out_in_plain_words() -> None:
    assert spans.of_parts("ab ab", ["ab", "ab"], ()) == [(), ()]
