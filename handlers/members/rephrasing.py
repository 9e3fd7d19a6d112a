"""Where no answer is near: she is asked once to say it in other words, with examples of how others ask; then a cadre is offered."""

from bot.answers.book import Book, KeptEntry
from bot.answers.ladder import DEFAULTS
from bot.answers.matcher import Match
from bot.channels.contract import Choice
from bot.said import Note
from bot.turn import Turn
from handlers.members import lying_ready
from handlers.members.lying_ready import SUGGEST_FLOW

_EXAMPLES = 2
_LEAST_NEAR = (
    DEFAULTS.near
)  # Below, no topic is nearer than another: its examples would only look as if nobody had listened.
_REPHRASED = "rephrased"


def was_asked(turn: Turn) -> bool:
    """Whether she was asked to say it otherwise, and has got no answer since."""
    return turn.conversation.flow == SUGGEST_FLOW and bool(turn.conversation.data.get(_REPHRASED))


async def ask(
    turn: Turn,
    examples: list[KeptEntry],
    asked: str,
    *,
    asking_id: int,
    sensitive: bool = False,
    lead: str = "",
) -> None:
    """Ask her to say it in other words; 0 passes on what she said."""
    _ = turn.gettext
    lines = "\n".join(f"• {entry.text(turn.contact.language).question}" for entry in examples)
    if lines:
        said = _(
            "Dạ, em chưa hiểu chắc ý chị. Chị nói lại bằng lời khác giúp em, ví dụ:\n{examples}\nHoặc chị gõ 0, em chuyển câu này cho cán bộ Hội."
        ).format(examples=lines)
    else:
        said = _(
            "Dạ, em chưa hiểu chắc ý chị. Chị nói lại bằng lời khác giúp em nghen; hoặc chị gõ 0, em chuyển câu này cho cán bộ Hội."
        )
    await _say(turn, "\n".join(filter(None, [lead, said])), asked, asking_id, sensitive=sensitive)


async def ask_for_one_thing(turn: Turn, asked: str, *, asking_id: int, sensitive: bool = False) -> None:
    """She told a long story: ask what of it she needs most; 0 passes all of it on."""
    _ = turn.gettext
    said = _(
        "Dạ, em cảm ơn chị đã kể cho em nghe. Em là máy nên chưa hiểu hết ý chị. Chị cần Hội giúp điều gì nhất, chị nhắn em một câu ngắn nghen; hoặc chị gõ 0, em chuyển hết lời chị cho cán bộ Hội."
    )
    await _say(turn, said, asked, asking_id, sensitive=sensitive)


async def _say(turn: Turn, said: str, asked: str, asking_id: int, *, sensitive: bool) -> None:
    ready = lying_ready.from_now_on(turn, asked, sensitive=sensitive)
    turn.conversation.begin(SUGGEST_FLOW, "", entries=[], rephrased=True, asking=asking_id, **ready)
    await turn.say(said, Choice("0", turn.gettext("Hỏi cán bộ")), note=Note(kind="rephrase"))


async def ask_after_no(turn: Turn) -> None:
    """It is none of what was suggested: what she asked lies ready as before."""
    _ = turn.gettext
    turn.conversation.data = {**turn.conversation.data, "entries": [], _REPHRASED: True}
    await turn.say(
        _(
            "Dạ, vậy em hiểu chưa đúng ý chị. Chị nói lại bằng lời khác giúp em nghen; hoặc chị gõ 0, em chuyển câu này cho cán bộ Hội."
        ),
        Choice("0", _("Hỏi cán bộ")),
        note=Note(kind="rephrase"),
    )


async def offer_cadre(
    turn: Turn,
    asked: str,
    *,
    sensitive: bool,
    is_joining: bool = False,
    asking_id: int | None = None,
    lead: str = "",
) -> None:
    """No certain answer: never guess, offer a person. The next digit is 0 or the menu's."""
    _ = turn.gettext
    has_rephrased = was_asked(turn)
    ready = lying_ready.from_now_on(turn, asked, sensitive=sensitive)
    turn.conversation.begin(SUGGEST_FLOW, "", entries=[], rephrased=has_rephrased, asking=asking_id, **ready)
    if is_joining:
        said = _(
            "Dạ, chị muốn ghi tên vào Hội thì gõ DANGKY. Còn câu này em chưa có câu trả lời chắc chắn: chị gõ 0, em chuyển cho cán bộ Hội trả lời chị; hoặc chị hỏi lại bằng lời khác."
        )
    elif has_rephrased:
        said = _(
            "Dạ, câu này em chưa có câu trả lời chắc chắn. Chị gõ 0, em chuyển cho cán bộ Hội trả lời chị."
        )
    else:
        said = _(
            "Dạ, câu này em chưa có câu trả lời chắc chắn. Chị gõ 0, em chuyển cho cán bộ Hội trả lời chị; hoặc chị hỏi lại bằng lời khác."
        )
    await turn.say(
        "\n".join(filter(None, [lead, said])), Choice("0", _("Hỏi cán bộ")), note=Note(kind="no_answer")
    )


def examples(book: Book, matches: list[Match], at: tuple[int, ...]) -> list[KeptEntry]:
    """How others ask about the topic that is nearest, the nearest first; nothing that would tell who reads over her shoulder."""
    if not matches or matches[0].confidence < _LEAST_NEAR:
        return []
    near = [book.entries[match.entry_id] for match in matches]
    topic = near[0].topic
    candidates = [book.in_place_of(entry, at) for entry in near if entry.topic == topic]
    candidates += book.of_topics((topic,), at=at)
    shown = {entry.entry_id: entry for entry in candidates if entry.is_on and not entry.is_sensitive}
    return list(shown.values())[:_EXAMPLES]
