"""How words are said to a woman in danger: in her language, what no native speaker has read in Vietnamese as well, none kept in the log."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.answers.safety import SafetyHit
from bot.channels.contract import Choice
from bot.languages import DEFAULT, Languages
from bot.questions import record
from bot.said import Note
from bot.text import utf16_length
from bot.turn import Turn
from handlers.parts import Parts

NOTE = Note(kind="safety", is_sensitive=True)

Gettext = Callable[[str], str]

_KHMER = re.compile("[\u1780-\u17ff]")


@dataclass(frozen=True, slots=True)
class Voice:
    """One of her languages."""

    language: str
    translate: Gettext

    def __call__(self, message: str) -> str:
        return self.translate(message)

    def advice(self, hit: SafetyHit) -> str:
        """What to do now, as the file of phrases says it."""
        return hit.text_km if self.language == "km" and hit.text_km else hit.text_vi


async def say(turn: Turn, parts: Parts, said: Callable[[Voice], str], *choices: Choice) -> None:
    """Say it in her language, and that her words were cut where they were; no word of it is kept in the log."""
    is_cut = utf16_length(turn.incoming.text) > record.MOST_UNITS

    def whole(_: Voice) -> str:
        cut = [_("Dạ, tin dài quá nên em chỉ giữ được mấy đoạn chính.")] if is_cut else []
        return "\n".join([said(_), *cut])

    await turn.say(in_language(parts.languages, _language(turn), whole), *choices, note=NOTE)


def in_language(languages: Languages, language: str, said: Callable[[Voice], str]) -> str:
    """The text as she reads it: in Khmer with the Vietnamese below."""
    text = said(voice_of(languages, language))
    return text if language == DEFAULT else _with_below(text, said(voice_of(languages, DEFAULT)))


def voice(turn: Turn, parts: Parts) -> Voice:
    """In which she is spoken to."""
    return voice_of(parts.languages, _language(turn))


def voice_of(languages: Languages, language: str) -> Voice:
    return Voice(language, languages.of(language).gettext)


def language_for(language: str, written: str) -> str:
    """The language that she set, else the one that she cries in: whoever writes Khmer letters reads them."""
    return "km" if language == DEFAULT and _KHMER.search(written) else language


def _language(turn: Turn) -> str:
    written = f"{turn.incoming.text}{turn.conversation.data.get('asked') or ''}"
    return language_for(turn.contact.language, written)


def _with_below(text: str, vietnamese: str) -> str:
    """The Vietnamese below, without the lines that stand above already, for want of a text of their own."""
    above = set(text.split("\n"))
    below = [line for line in vietnamese.split("\n") if not line or line not in above]
    rest = "\n".join(below).strip("\n")
    return f"{text}\n\n{rest}" if rest else text
