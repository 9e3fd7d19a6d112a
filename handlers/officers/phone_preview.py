"""An announcement as a member's phone shows it, with a made-up person, and what keeps it from being sent."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.channels.contract import Limits
from bot.languages import DEFAULT
from broadcasts import message, templates, text_faults
from broadcasts.message import FIELDS, Person, Template
from broadcasts.overview import ChannelToChoose

_SOMEBODY = Person("Nguyễn Thị Mai", "Xã Kế Sách", "ấp An Ninh")  # Nobody: a name as common as can be.
_MOST_UNITS = 2000  # Of a channel that does not run in this process: every platform of ours carries that.
_BRACED = re.compile(r"(\{\{[^{}]*\}\})")


@dataclass(frozen=True, slots=True)
class Bubble:
    """One language's text as it arrives. `pieces` alternate with whether each is a blank that is still to be filled in."""

    language: str
    pieces: list[tuple[str, bool]]
    longest: int
    limit: int
    faults: list[str]


def bubbles(texts: Mapping[str, str], limit: int, _: Callable[[str], str]) -> list[Bubble]:
    """Vietnamese always, other languages where something is written."""
    languages = [
        DEFAULT,
        *(language for language in texts if language != DEFAULT and texts[language].strip()),
    ]
    return [_bubble(texts.get(language, ""), language, limit, _) for language in languages]


def faults(texts: Mapping[str, str], limit: int, _: Callable[[str], str]) -> list[str]:
    return [fault for bubble in bubbles(texts, limit, _) for fault in bubble.faults]


def limit_of(channels: Iterable[ChannelToChoose], limits: Mapping[int, Limits]) -> int:
    """What every one of these channels carries in one message, in UTF-16 units."""
    return min(
        (
            limits[account_id].text_units if account_id in limits else _MOST_UNITS
            for one in channels
            for account_id in one.account_ids
        ),
        default=_MOST_UNITS,
    )


def _bubble(text: str, language: str, limit: int, _: Callable[[str], str]) -> Bubble:
    blanks = templates.blanks_of(text)
    found = text_faults.faults(templates.filled_in(text, dict.fromkeys(blanks, "…")), limit, _, language)
    if blanks:
        found.insert(
            0,
            _("Còn chỗ chưa điền: %(blanks)s. Chị thay bằng lời của mình. Ô tự động có sẵn: %(known)s.")
            % {"blanks": _braced(blanks), "known": _braced(FIELDS)},
        )
    rendered = (
        Template(message.complete(text, language), language).render(_SOMEBODY).text if text.strip() else ""
    )
    pieces = [(piece, i % 2 == 1) for i, piece in enumerate(_BRACED.split(rendered)) if piece]
    longest = Template(message.complete(text, language), language).longest() if text.strip() else 0
    return Bubble(language, pieces, longest, limit, found)


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names)
