from datetime import UTC, datetime

import pytest

from bot.channels.contract import Span, Style
from bot.channels.web_chat.words import as_html, when

LINKS = [
    ("plain", "Dạ em chào chị", "Dạ em chào chị"),
    ("markup", "<b onclick='x'>&\"</b>", "&lt;b onclick=&#39;x&#39;&gt;&amp;&#34;&lt;/b&gt;"),
    (
        "web address ends before the sentence's stop",
        "Xem https://hoi.vn/a?b=1&c=2.",
        'Xem <a href="https://hoi.vn/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow"><bdi>https://hoi.vn/a?b=1&amp;c=2</bdi></a>.',
    ),
    (
        "web address cannot break out of its attribute",
        'https://x.vn/"onmouseover="alert(1)',
        '<a href="https://x.vn/" target="_blank" rel="noopener noreferrer nofollow"><bdi>https://x.vn/</bdi></a>&#34;onmouseover=&#34;alert(1)',
    ),
    ("script address stays text", "javascript:alert(1)", "javascript:alert(1)"),
    ("emergency", "gọi 113 ngay", 'gọi <a href="tel:113">113</a> ngay'),
    ("at the end", "gọi 111.", 'gọi <a href="tel:111">111</a>.'),
    ("hotline in groups", "1900 96 96 80", '<a href="tel:1900969680">1900 96 96 80</a>'),
    ("hotline written together", "1900969680", '<a href="tel:1900969680">1900969680</a>'),
    ("mobile", "0912.345.678", '<a href="tel:0912345678">0912.345.678</a>'),
    ("abroad form", "+84 912 345 678", '<a href="tel:+84912345678">+84 912 345 678</a>'),
    ("a law's number", "Luật 113/2025/QH15", "Luật 113/2025/QH15"),
    ("money", "113 triệu", "113 triệu"),
    ("people", "có 112 hội viên", "có 112 hội viên"),
    ("part of a number", "51135", "51135"),
    ("decimal", "111,5 và 2.113", "111,5 và 2.113"),
    ("identity number", "092123456789", "092123456789"),
]


@pytest.mark.parametrize(("text", "expect"), [case[1:] for case in LINKS], ids=[case[0] for case in LINKS])
def test_as_html(text: str, expect: str) -> None:
    assert as_html(text) == expect


SPANS = [
    ("bold", "Chào **", (Span(Style.BOLD, 0, 4),), "<b>Chào</b> **"),
    ("one in the other", "abcd", (Span(Style.BOLD, 0, 4), Span(Style.ITALIC, 1, 2)), "<b>a</b><i><b>bc</b></i><b>d</b>"),
    ("counted in UTF-16 units", "😀 ấp 😀", (Span(Style.ITALIC, 3, 2),), "😀 <i>ấp</i> 😀"),
    ("markup inside", "<b>", (Span(Style.BOLD, 0, 3),), "<b>&lt;b&gt;</b>"),
    ("beyond the end", "ab", (Span(Style.BOLD, 1, 50), Span(Style.BOLD, 90, 3)), "a<b>b</b>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "spans", "expect"), [case[1:] for case in SPANS], ids=[case[0] for case in SPANS]
)
def test_what_stands_out_is_shown_and_nothing_else_becomes_markup(
    text: str, spans: tuple[Span, ...], expect: str
) -> None:
    assert as_html(text, spans) == expect


NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # 1:00 of the 24th in Vietnam.
MOMENTS = [
    (datetime(2026, 11, 23, 17, 5, tzinfo=UTC), "hôm nay 00:05"),
    (datetime(2026, 11, 23, 16, 59, tzinfo=UTC), "hôm qua 23:59"),
    (datetime(2026, 11, 22, 16, 59, tzinfo=UTC), "22/11 23:59"),
    (datetime(2025, 12, 31, 16, 59, tzinfo=UTC), "31/12/2025 23:59"),
]


@pytest.mark.parametrize(("moment", "expect"), MOMENTS)
def test_moments_are_told_as_vietnam_reads_them_off_the_clock(moment: datetime, expect: str) -> None:
    assert when(moment, NOW, str) == expect
