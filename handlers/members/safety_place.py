"""Where she says that she is: in a sentence of her own, or as the bare name of a commune once it was asked for.

A place is never guessed: one that is sure is told to those on duty there and said back to her, of several she is asked which.
A member's own commune is known, and what she says of others is for those who read her words.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from bot.alerts import place, record
from bot.alerts.record import Alert
from bot.people import units
from bot.people.unit_search import Choice, ChoiceKind, Found, NotFound, Several, UnitAnswer
from bot.questions.post import Post
from bot.store.tables.alerts import AlertState
from bot.text import fold
from bot.turn import Turn
from handlers.members import safety_meaning, short_words
from handlers.members import safety_words as said
from handlers.members.safety_voice import Voice, say
from handlers.members.safety_words import Step
from handlers.parts import Parts

_AT = {"o", "ở"}
_SELF = frozenset(["em", "e", "toi", "tui", "t", "minh", "chi", "con", "chau"])
_BETWEEN = frozenset(["dang", "hien", "gio", "da", "van", "song", "tam", "nha", "cung", "moi", "thi", "nay"])
# "Mẹ em ở ..." is where her mother lives.
_OTHERS = frozenset({
    "me", "ma", "ba", "bo", "cha", "tia", "chong", "vo", "ong", "anh", "chi", "em", "gai", "trai", "ban", "di", "co", "chu",
    "bac", "ngoai", "noi", "dau", "re", "nguoi", "hang", "que", "con", "dua", "no", "thang", "cai", "may",
})  # fmt: skip
_BEFORE_SELF = frozenset({
    "hiện", "hien", "giờ", "gio", "dạ", "da", "ơi", "oi", "vì", "vi", "tại", "tai", "mà", "nay", "đang", "dang", "rồi", "roi",
    "thì", "thi", "nhưng", "nhung", "và", "nhà", "nha", "tụi",
})  # fmt: skip
"""As typed: behind these "em" is she herself. "Mà" needs its mark, for bare it may be her mother."""
_ALONE_WITH = {"me", "ma", "hai", "may"}  # "Mẹ con em ở ..." is herself.
_WRONG = re.compile(r"^\s*(?:da\s+)?(?:khong|ko|k|hong|hok)\s+(?:phai|dung)(?:\s+\S+){0,4}\s*$")
_SIGNS = ",.;:!?…~()"
_BEHIND = 12  # Words in which the name stands, with hamlet and district.
_LONGEST_NAME = 6  # In words, as the whole message.
_LOOKED_AT = 2000  # Characters of a long story,
_MOST = 8  # and so many times "ở" in them: each is looked up.

About = Callable[[Voice], str]
"""What she reads about her place; empty where nothing is to be said."""


async def sure(turn: Turn, parts: Parts, words: str) -> int | None:
    """The unit in which she says in these words that she is, where that leaves no doubt."""
    found = await _said_in(turn, parts, words)
    return await units.id_of_code(turn.connection, found.code) if isinstance(found, Found) else None


async def heard(turn: Turn, parts: Parts, alert: Alert, words: str) -> UnitAnswer:
    """Where these words of hers say that she is. A bare name counts where nobody knows it, once those on duty know or she was asked, and
    right after a place was said back to her.
    """
    if turn.contact.unit_id is not None:
        return NotFound()
    found = await _said_in(turn, parts, words)
    is_name = len(words.split()) <= _LONGEST_NAME and _AT.isdisjoint(words.casefold().split())
    if not isinstance(found, NotFound) or not is_name:
        return found
    data = turn.conversation.data
    is_unasked = alert.state is AlertState.DOUBTED and "asks_place" not in data
    is_known = alert.unit_id is not None or is_unasked
    if (is_known and "placed" not in data) or parts.safety.assess(words) is not None:
        return NotFound()
    return _of_ours((await parts.units.current(turn.connection)).find(words))


async def settle(
    turn: Turn, parts: Parts, alert: Alert, found: UnitAnswer, *, beside_digits: bool = False
) -> About:
    """Tell those on duty where she is, ask which of several it is (not `beside_digits`), or, once, where, if nobody knows.

    Returns what she reads of it.
    """
    data = turn.conversation.data
    match found:
        case Found(code):
            return await _put(turn, parts, alert, code)
        case Several(choices) if not beside_digits:
            turn.conversation.step = Step.PLACE
            turn.conversation.data = {**data, "places": [choice.code for choice in choices]}
            return await _which(turn, parts)
    is_missing = alert.unit_id is None and alert.state is AlertState.OPEN and not alert.is_past_local
    if not is_missing or "asks_place" in data or turn.contact.unit_id is not None:
        return lambda _: ""
    turn.conversation.data = {**data, "asks_place": "yes"}
    quiet = turn.contact.is_quiet
    return lambda _: said.asks_place(_, is_quiet=quiet)


async def take(turn: Turn, parts: Parts, alert: Alert, words: str, digit: int | None) -> bool:
    """Take the digit of a place that she was shown, or that none, or the one said back to her, is right. Anything else goes its way."""
    conversation = turn.conversation
    # "just": a place was said back to her last; "before": it is that which she answers in this turn.
    is_shown, was_put = conversation.step == Step.PLACE, conversation.data.get("placed") == "just"
    if was_put:
        conversation.data = {**conversation.data, "placed": "before"}
    elif "placed" in conversation.data:
        conversation.data = {name: value for name, value in conversation.data.items() if name != "placed"}
    if alert.is_open and is_shown and digit:
        await _pick(turn, parts, alert, digit)
        return True
    if digit is not None:
        forget_list(turn)  # Her digit is for what was asked since, or leads away from it.
    if is_shown and safety_meaning.is_polite(words):
        return False  # The list stays.
    if is_shown and safety_meaning.says_nothing(words):
        await say(turn, parts, await _which(turn, parts))
        return True
    if is_shown:
        conversation.step = Step.SAFE
    if alert.is_open and (is_shown or was_put) and digit is None and _says_wrong(words):
        await _take_back(turn, parts, alert)
        return True
    return False


def was_shown(turn: Turn) -> bool:
    """Whether she was shown a list of places, has not said yet which is hers, and was asked nothing since."""
    return bool(turn.conversation.data.get("places"))


async def which_again(turn: Turn, parts: Parts) -> About:
    """Ask once more which of the places it is: her digit is for that."""
    turn.conversation.step = Step.PLACE
    return await _which(turn, parts)


def forget_list(turn: Turn) -> None:
    """She is asked something else now, whose digits count."""
    conversation = turn.conversation
    conversation.data = {name: value for name, value in conversation.data.items() if name != "places"}


async def _pick(turn: Turn, parts: Parts, alert: Alert, digit: int) -> None:
    codes: Sequence[str] = turn.conversation.data["places"]
    if digit > len(codes):
        await say(turn, parts, await _which(turn, parts))
        return
    turn.conversation.step = Step.SAFE
    about = await _put(turn, parts, alert, codes[digit - 1])
    quiet, doubted = turn.contact.is_quiet, alert.state is AlertState.DOUBTED
    await say(
        turn,
        parts,
        lambda _: "\n".join([about(_), said.short_digits(_, is_doubted=doubted, is_quiet=quiet)]),
    )


async def _take_back(turn: Turn, parts: Parts, alert: Alert) -> None:
    """It is none of those, or not the one that was said back to her: she is asked for the name again."""
    await place.is_at(Post.of(turn, parts.languages), alert.alert_id, None)
    forget_list(turn)
    turn.conversation.step = Step.SAFE
    turn.conversation.data = {**turn.conversation.data, "asks_place": "yes"}
    await say(turn, parts, said.place_again)


async def _put(turn: Turn, parts: Parts, alert: Alert, code: str) -> About:
    unit_id = await units.id_of_code(turn.connection, code)
    alert = await place.is_at(Post.of(turn, parts.languages), alert.alert_id, unit_id) or alert
    forget_list(turn)
    turn.conversation.data = {**turn.conversation.data, "placed": "just"}
    name = await units.name_of(turn.connection, unit_id)
    name = f"{name[:1].lower()}{name[1:]}"  # "Xã Mỹ Tú" within a sentence.
    line = await units.line_of(turn.connection, unit_id) if unit_id is not None else []
    near = [one for one in await record.calls(turn.connection, alert.alert_id) if one.unit_id in line]
    is_told = any(not one.is_of_top and not one.has_failed for one in near)
    quiet = turn.contact.is_quiet
    return lambda _: said.placed(
        _,
        place=name,
        is_quiet=quiet,
        is_kept=alert.is_past_local,
        is_taken=alert.state is AlertState.TAKEN,
        is_told=is_told,
    )


async def _which(turn: Turn, parts: Parts) -> About:
    search = await parts.units.current(turn.connection)
    labels = [search.label(code) for code in turn.conversation.data["places"]]
    return lambda _: said.which_place(_, labels)


async def _said_in(turn: Turn, parts: Parts, words: str) -> UnitAnswer:
    """One that is not sure to be hers, but may be, is one to be confirmed."""
    search = await parts.units.current(turn.connection)
    behind = list(islice(_behind_at(words[:_LOOKED_AT]), _MOST))
    found = [_of_ours(search.find(name)) for name, is_sure in behind if is_sure]
    for kind in (Found, Several):
        for one in found:
            if isinstance(one, kind):
                return one
    for name, is_sure in behind:
        match _of_ours(search.find(name)) if not is_sure else NotFound():
            case Found(code):
                return Several((Choice(code, search.label(code)),))
            case Several() as several:
                return several
    return NotFound()


def _says_wrong(words: str) -> bool:
    return short_words.says(words, short_words.NONE_OF_THEM) or _WRONG.search(fold(words)) is not None


def _of_ours(found: UnitAnswer) -> UnitAnswer:
    """Without places elsewhere: nobody there could be told."""
    if not isinstance(found, Several):
        return found
    choices = tuple(choice for choice in found.choices if choice.kind is ChoiceKind.UNIT)
    return Several(choices) if choices else NotFound()


def _behind_at(words: str) -> Iterator[tuple[str, bool]]:
    """What stands behind each "em ở" where it is, or may be, she herself who is there; and whether that is sure."""
    typed = unicodedata.normalize("NFC", words).casefold().replace("\n", " . ").split()
    plain = [fold(word).strip(_SIGNS) for word in typed]
    for at, word in enumerate(typed):
        if word in _AT and (is_sure := _is_she(typed[:at], plain[:at])) is not None:
            yield " ".join(typed[at + 1 : at + 1 + _BEHIND]), is_sure


def _is_she(typed: Sequence[str], plain: Sequence[str]) -> bool | None:
    """Whether the words before "ở" mean herself: nothing at all, or "em" and the like where a clause begins; None where they do not.

    False: it may be she or somebody of hers, as in "ông xã em" and "em sợ quá em".
    """
    at = len(plain) - 1
    while at >= 0 and plain[at] in _BETWEEN and typed[at][-1] not in _SIGNS:
        at -= 1
    if at < 0 or typed[at][-1] in _SIGNS:
        return True
    if plain[at] not in _SELF:
        return None
    before = at - 1
    if before < 0 or typed[before][-1] in _SIGNS or typed[before] in _BEFORE_SELF:
        return True
    if plain[before] == "con" and before > 0 and plain[before - 1] in _ALONE_WITH:
        return True
    return None if plain[before] in _OTHERS else False
