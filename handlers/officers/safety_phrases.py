"""What the safety net hears: trying a sentence, and officers' own phrases.

Every officer may try; the phrases are the province's, for they are listened to everywhere.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import letters
from bot.answers import safety_phrases
from bot.answers.learning import alerting
from bot.answers.learning.alerting import Turned
from bot.answers.safety import AlarmKind, Explanation
from bot.answers.safety_phrases import Language
from bot.languages import DEFAULT
from bot.people import acts
from bot.store.tables.people import Role
from bot.text import clean
from handlers.members import safety_voice, safety_words
from handlers.officers import on_call, query
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit
from handlers.officers.words import N_

SAFETY = "/console/safety"
SECTION = "safety"
_LONGEST_TRIED = 2000
_GROUP = re.compile(r"<(\w+)>")
_GROUPS = {
    "nguoi_gay_hai": N_("người gây hại"),
    "danh": N_("đánh đập"),
    "danh_co_dau": N_("đánh đập"),
    "hung_khi": N_("dọa giết, cầm hung khí"),
    "nan_nhan": N_("người bị hại"),
    "tre": N_("trẻ em"),
    "hai_tre": N_("làm hại"),
    "nuoc_ngoai": N_("nơi ở nước ngoài"),
    "tuyen_truyen": N_("buổi tuyên truyền"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What the assistant would hear in a sentence. Likelihoods are in per cent."""

    sentence: str
    heard: Explanation
    phrases: tuple[str, ...]
    likelihood: int
    alarm_from: int
    answer: str  # What she reads; empty where no danger is heard.
    buttons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a new phrase as she filled it in."""

    phrase: str = ""
    language: Language = "vi"
    kind: AlarmKind | None = None
    is_exception: bool = False
    error: str = ""
    asks_to_be_sure: bool = False
    turned: Sequence[Turned] = ()  # What would be an alert.


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection)


@allowed(Role.OFFICER)
async def try_sentence(visit: Visit) -> web.StreamResponse:
    """As a member's words are heard. What is tried is kept nowhere."""
    sentence = clean(visit.field("sentence"))[:_LONGEST_TRIED]
    async with visit.console.database.reading() as connection:
        tried = await _try(visit, connection, sentence) if sentence else None
        return await _page(visit, connection, tried=tried, block="tried")


@allowed(Role.OFFICER)
async def add(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    _only_the_province(visit)
    typed = _typed(visit)
    async with visit.console.database.reading() as connection:
        error, asks = await _fault(visit, connection, typed)
        if error:
            return await _page(visit, connection, typed=replace(typed, error=error, asks_to_be_sure=asks))
        if turned := await _turned(visit, connection, typed):
            error = _(
                "Cụm này có trong những câu hỏi thường dưới đây: chị em hỏi vậy sẽ thành báo động, không còn được trả lời. Chị ghi cụm dài hơn cho rõ là lời kêu cứu, hoặc đánh dấu là đã cân nhắc."
            )
            typed = replace(typed, error=error, asks_to_be_sure=True, turned=turned)
            return await _page(visit, connection, typed=typed)
    async with visit.console.database.writing() as connection:
        is_added = typed.kind is not None and await safety_phrases.add(
            connection,
            language=typed.language,
            kind=typed.kind,
            phrase=typed.phrase,
            is_exception=typed.is_exception,
            by=visit.viewer.staff_id,
            now=visit.now,
        )
        if is_added:
            newest = (await safety_phrases.own_phrases(connection))[0]
            await _record(visit, connection, "safety_phrase_added", newest)
    if is_added:
        visit.flash(_("Đã thêm. Trợ lý nghe theo cụm này ngay."))
    else:
        visit.flash(_("Cụm này đã có trong danh sách."), "warning")
    return visit.go(f"{SAFETY}#phrases-title")


@allowed(Role.OFFICER)
async def remove(visit: Visit) -> web.StreamResponse:
    _only_the_province(visit)
    phrase_id = query.number(visit.request.match_info["phrase_id"])
    async with visit.console.database.writing() as connection:
        own = await safety_phrases.own_phrases(connection)
        gone = next((one for one in own if one.phrase_id == phrase_id), None)
        if gone is None:
            raise web.HTTPNotFound
        await safety_phrases.remove(connection, gone.phrase_id)
        await _record(visit, connection, "safety_phrase_removed", gone)
    visit.flash(visit.gettext("Đã bỏ cụm «%s».") % gone.phrase)
    return visit.go(f"{SAFETY}#phrases-title")


def _typed(visit: Visit) -> Typed:
    return Typed(
        phrase=clean(visit.field("phrase")).replace("\n", " "),
        language="km" if visit.field("language") == "km" else "vi",
        kind=query.choice(AlarmKind, visit.field("kind")),
        is_exception=visit.field("means") == "harmless",
    )


async def _fault(visit: Visit, connection: AsyncConnection, typed: Typed) -> tuple[str, bool]:
    """What speaks against a phrase, and whether her saying that she is sure would be enough."""
    _ = visit.gettext
    if not typed.phrase:
        return _("Chị ghi cụm từ."), False
    if typed.kind is None:
        return _("Chị chọn loại nguy hiểm."), False
    if fault := safety_phrases.fault_of(typed.language, typed.phrase, _):
        return fault, False
    if typed.is_exception and not visit.field("sure"):
        # Nothing is listened to where an exception stands: one that is a cry itself would silence those who cry so.
        heard = await _explain(visit, connection, typed.phrase)
        if heard is not None and heard.alarm is not None:
            said = _(
                "Riêng cụm này đã nghe như lời kêu cứu. Bỏ qua nó thì chị nào kêu cứu bằng lời này sẽ không ai nghe thấy. Chị ghi cụm dài hơn cho rõ chuyện vô hại, hoặc đánh dấu là đã cân nhắc."
            )
            return said, True
    return "", False


async def _turned(visit: Visit, connection: AsyncConnection, typed: Typed) -> Sequence[Turned]:
    """Ordinary questions that a phrase of danger would make alerts of, until she says that she is sure."""
    safety = visit.console.safety
    if safety is None or typed.is_exception or visit.field("sure"):
        return ()
    await safety.refresh(connection)
    return await alerting.turned(connection, safety, typed.language, typed.phrase, now=visit.now)


async def _try(visit: Visit, connection: AsyncConnection, sentence: str) -> Tried | None:
    heard = await _explain(visit, connection, sentence)
    if heard is None:
        return None
    answer, buttons = _answer(visit, sentence, heard)
    return Tried(
        sentence,
        heard,
        tuple(_plain(phrase, visit.gettext) for phrase in heard.phrases),
        round(heard.likelihood * 100),
        round(heard.alarm_from * 100),
        answer,
        buttons,
    )


def _answer(visit: Visit, sentence: str, heard: Explanation) -> tuple[str, tuple[str, ...]]:
    """What a member reads, and her buttons: one whose place is known, on a phone that nobody else reads."""
    alarm, hit = heard.alarm, heard.said
    if alarm is None or hit is None:
        return "", ()
    languages, doubted = visit.console.languages, not alarm.urgent
    language = safety_voice.language_for(DEFAULT, sentence)
    text = safety_voice.in_language(
        languages, language, lambda _: safety_words.at_once(_, hit, is_doubted=doubted)
    )
    voice = safety_voice.voice_of(languages, language)
    choices = safety_words.choices(voice, is_doubted=doubted, is_quiet=False)
    return text, tuple(choice.label for choice in choices)


async def _explain(visit: Visit, connection: AsyncConnection, sentence: str) -> Explanation | None:
    safety = visit.console.safety
    if safety is None:
        return None
    await safety.refresh(connection)
    return safety.explain(sentence)


def _plain(phrase: str, _: Callable[[str], str]) -> str:
    """A phrase as its file writes it, made readable: "<nguoi_gay_hai> _ <danh>" -> "(người gây hại) … (đánh đập)"."""

    def named(found: re.Match[str]) -> str:
        group = found[1]
        return "(" + (_(_GROUPS[group]) if group in _GROUPS else group.replace("_", " ")) + ")"

    words = _GROUP.sub(named, phrase)
    return " ".join("…" if word == "_" else word.replace("|", "/") for word in words.split(" "))


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    *,
    tried: Tried | None = None,
    typed: Typed | None = None,
    block: str | None = None,
) -> web.Response:
    context = {
        "tried": tried,
        "typed": typed or Typed(),
        "kinds": {kind: letters.named(kind, visit.gettext) for kind in AlarmKind},
        "phrases": await safety_phrases.own_phrases(connection),
        "may_write": visit.viewer.sees_everything,
        "longest": safety_phrases.LONGEST_PHRASE,
        "longest_tried": _LONGEST_TRIED,
        **await on_call.standing(visit, connection),
    }
    status = 422 if typed is not None else 200
    return visit.page("safety/safety.html", context, block=block, section=SECTION, status=status)


def _only_the_province(visit: Visit) -> None:
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


async def _record(
    visit: Visit, connection: AsyncConnection, act: str, phrase: safety_phrases.OwnPhrase
) -> None:
    await acts.record(
        connection, visit.viewer.staff_id, act, now=visit.now, subject=f"safety phrase {phrase.phrase_id}",
        language=phrase.language, kind=phrase.kind.value, is_exception=phrase.is_exception,
    )  # fmt: skip


ROUTES = [
    web.get(SAFETY, show),
    web.post(SAFETY + "/try", try_sentence),
    web.post(SAFETY + "/phrases", add),
    web.post(SAFETY + r"/phrases/{phrase_id:\d+}/remove", remove),
]
