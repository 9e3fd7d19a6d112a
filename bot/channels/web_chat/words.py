"""A message's text as HTML: escaped, with web addresses and telephone numbers that can be tapped, and what stands out."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from bot.channels.contract import Span, Style
from bot.clock import in_vietnam
from bot.spans import pieces

_NOT_A_CALL = (
    r"(?![\d/%]|[.,]\d|[ \u00a0]?(?:triệu|tỷ|nghìn|ngàn|đồng|người|chị|hội viên|hộ|ngày|tháng|suất)\b)"
)
_LINKS = re.compile(
    r"(?P<url>https?://[^\s<>\"'“”‘’`\u0000-\u001f\u2028-\u202f\u2066-\u2069]+)"
    # Emergency lines, hotlines, telephone numbers as people group them; never a part of a longer number or of a law's.
    r"|(?<![\d./+-])(?P<phone>11[1-5]|1[89]00(?:[ .]?\d){4,6}|(?:0|\+84[ .]?)\d(?:[ .]?\d){8,9})"
    + _NOT_A_CALL
)
_AFTER_AN_ADDRESS = ".,;:!?)]}…។"  # Belongs to the sentence around it.
_TAGS = {Style.BOLD: Markup("b"), Style.ITALIC: Markup("i")}
_KHMER = re.compile("[\u1780-\u17ff]")


def as_html(text: str, spans: Sequence[Span] = ()) -> Markup:
    """The text, safe to stand in a page."""
    return Markup().join(
        _in_styles(_linked(words), styles) if styles else _linked(words)
        for words, styles in pieces(text, spans)
    )


def _in_styles(html: Markup, styles: list[Style]) -> Markup:
    for style in dict.fromkeys(styles):
        html = Markup("<{0}>{1}</{0}>").format(_TAGS[style], html)
    return html


def _linked(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in _LINKS.finditer(text):
        found = match[0].rstrip(_AFTER_AN_ADDRESS) if match["url"] else match[0]
        parts.append(escape(text[end : match.start()]))
        parts.append(_web_link(found) if match["url"] else _call_link(found))
        end = match.start() + len(found)
    parts.append(escape(text[end:]))
    return Markup().join(parts)


def has_khmer(text: str) -> bool:
    return _KHMER.search(text) is not None


def when(moment: datetime, now: datetime, _: Callable[[str], str]) -> str:
    """A moment as people say it: "hôm nay 14:05"."""
    there, here = in_vietnam(moment), in_vietnam(now)
    clock = f"{there:%H:%M}"
    if there.date() == here.date():
        return _("hôm nay {time}").format(time=clock)
    if there.date() == here.date() - timedelta(days=1):
        return _("hôm qua {time}").format(time=clock)
    day = (
        f"{there.day}/{there.month}" if there.year == here.year else f"{there.day}/{there.month}/{there.year}"
    )
    return f"{day} {clock}"


def _web_link(address: str) -> Markup:
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow"><bdi>{}</bdi></a>').format(
        address, address
    )


def _call_link(number: str) -> Markup:
    return Markup('<a href="tel:{}">{}</a>').format(re.sub(r"[^\d+]", "", number), number)
