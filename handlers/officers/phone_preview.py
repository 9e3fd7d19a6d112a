"""An announcement as members' phones show it on each channel, with a made-up person, and what keeps it from being sent."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import spans
from bot.channels.contract import Choice, Limits, Span, Style
from bot.languages import DEFAULT
from bot.store.tables.broadcasts import Variant
from broadcasts import attachments, merge_fields, message, templates, text_faults
from broadcasts.attachments import Sight
from broadcasts.content import Content
from broadcasts.message import Person
from broadcasts.overview import ChannelToChoose
from broadcasts.prepared import Prepared

_MOST_UNITS = 2000  # Of a channel that does not run in this process: every platform of ours carries that.
_UNKNOWN = Limits(_MOST_UNITS, 0, timedelta(seconds=10))
_BRACED = re.compile(r"(\{\{[^{}]*\}\})")

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_blank: bool  # Still to be filled in.
    is_bold: bool = False
    is_italic: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text as it arrives."""

    language: str
    is_second: bool  # The second of two that are tried.
    pieces: list[Piece]
    choices: tuple[Choice, ...]
    longest: int


@dataclass(frozen=True, slots=True)
class Phone:
    """One channel: what arrives there, and what of it does not, in sentences."""

    channel: str
    name: str  # Of its accounts.
    bubbles: list[Bubble]
    file: Sight | None
    notes: list[str]
    faults: list[str]
    limit: int


@dataclass(frozen=True, slots=True)
class Preview:
    phones: list[Phone]
    faults: list[str]  # Of the texts, whatever the channel.

    @property
    def all_faults(self) -> list[str]:
        return list(
            dict.fromkeys([*self.faults, *(fault for phone in self.phones for fault in phone.faults)])
        )


async def preview(
    connection: AsyncConnection,
    texts: Mapping[str, str],
    content: Content,
    channels: Sequence[ChannelToChoose],
    limits: Mapping[int, Limits],
    _: Gettext,
    *,
    unit_id: int,
) -> Preview:
    """The announcement on the phones of a made-up member of this unit. Without channels, on one that shows all."""
    local = await merge_fields.local(connection)
    person = await merge_fields.example(connection, unit_id)
    file = await attachments.sight(connection, content.attachment)
    shown = _Shown(texts, content, local, person, file, _)
    phones = [shown.phone(one, _of(one, limits)) for one in channels]
    if not phones:
        everything = replace(_UNKNOWN, shows_spans=True, shows_choices=True)
        phones = [shown.phone(ChannelToChoose("", "", ()), everything)]
    found = shown.faults()
    if content.attachment and file is None:
        found += await attachments.faults(connection, content.attachment, {}, _)
    return Preview(phones, found)


def _of(channel: ChannelToChoose, limits: Mapping[int, Limits]) -> Limits:
    """What all accounts of a channel do."""
    known = [limits[account_id] for account_id in channel.account_ids if account_id in limits]
    if not known:
        return _UNKNOWN
    return replace(known[0], text_units=min(one.text_units for one in known))


@dataclass(frozen=True, slots=True)
class _Shown:
    texts: Mapping[str, str]
    content: Content
    local: Mapping[str, str]
    person: Person
    file: Sight | None
    gettext: Gettext

    def phone(self, channel: ChannelToChoose, limits: Limits) -> Phone:
        _ = self.gettext
        bubbles = [*self._bubbles(self.texts, limits, Variant.WHOLE)]
        if self.content.trial:
            bubbles += self._bubbles(self.content.trial.texts, limits, Variant.B)
        faults = []
        longest = max((bubble.longest for bubble in bubbles), default=0)
        if longest > limits.text_units:
            faults.append(
                _(
                    "Nội dung dài quá: có thể tới %(longest)d ký tự, kênh này chỉ nhận %(limit)d. Hãy rút ngắn lại."
                )
                % {"longest": longest, "limit": limits.text_units}
            )
        if self.file and (refusal := attachments.refusal(self.file, channel.name, limits, _)):
            faults.append(refusal)
        carried = self.file if self.file and self.file.kind in limits.carries else None
        return Phone(
            channel.channel,
            channel.name,
            bubbles,
            carried,
            self._notes(limits, longest),
            faults,
            limits.text_units,
        )

    def faults(self) -> list[str]:
        """What is wrong with the texts themselves."""
        _ = self.gettext
        found: list[str] = []
        second = self.content.trial.texts if self.content.trial else {}
        written = [(language, text) for language, text in self.texts.items() if text.strip()]
        for language, text in [*written, *second.items()]:
            blanks = text_faults.gaps_of(text, self.local)
            if blanks:
                found.append(text_faults.unfilled(blanks, _))
            filled = templates.filled_in(text, dict.fromkeys(blanks, "…"))
            found += text_faults.faults(filled, None, _, language, local=self.local, content=self.content)
        return list(dict.fromkeys(found))

    def _bubbles(self, texts: Mapping[str, str], limits: Limits, variant: Variant) -> Iterable[Bubble]:
        languages = [DEFAULT, *(one for one in texts if one != DEFAULT and texts[one].strip())]
        prepared = Prepared(
            {one: texts.get(one, "") for one in languages}, replace(self.content, trial=None), self.local
        )
        for language in languages:
            is_second = variant is Variant.B
            if not texts.get(language, "").strip():
                yield Bubble(language, is_second, [], (), 0)
                continue
            outgoing = prepared.outgoing(language, self.person)
            yield Bubble(
                language,
                is_second,
                _pieces(outgoing.text, outgoing.spans if limits.shows_spans else ()),
                outgoing.choices if limits.shows_choices else (),
                prepared.longest(language),
            )

    def _notes(self, limits: Limits, longest: int) -> list[str]:
        """What a member does not see there, or sees otherwise."""
        _ = self.gettext
        notes = []
        stands_out = any(
            Prepared({one: text}, self.content, self.local).outgoing(one, self.person).spans
            for one, text in self.texts.items()
        )
        if stands_out and not limits.shows_spans:
            notes.append(_("Chữ đậm, chữ nghiêng hiện như chữ thường."))
        if self.content.answers and not limits.shows_choices:
            notes.append(_("Không có nút bấm: chị em gõ số để trả lời."))
        if self.file and self.file.kind not in limits.carries:
            notes.append(_("Kênh này không chuyển được tệp kèm theo: chị em chỉ nhận lời nhắn."))
        elif self.file and limits.caption_units is not None and longest > limits.caption_units:
            notes.append(_("Lời nhắn dài nên hình hoặc tệp đi thành một tin riêng, trước lời nhắn."))
        if self.content.counts_clicks and message.links(self.texts, self.content):
            notes.append(
                _(
                    "Khi gửi, liên kết hiện thành địa chỉ của Hội để đếm lượt bấm, nếu máy chủ có địa chỉ công khai."
                )
            )
        return notes


def _pieces(text: str, stands_out: Sequence[Span]) -> list[Piece]:
    return [
        Piece(part, number % 2 == 1, is_bold=Style.BOLD in styles, is_italic=Style.ITALIC in styles)
        for words, styles in spans.pieces(text, stands_out)
        for number, part in enumerate(_BRACED.split(words))
        if part
    ]
