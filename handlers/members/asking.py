"""Asking: outright when the match is good, by up to three suggestions when it is not, in other words when nothing is near, by a cadre otherwise."""

from bot.answers import Match, Rung, askings, choose
from bot.answers.book import Book, KeptEntry
from bot.answers.ladder import DEFAULTS, MAX_SUGGESTIONS, is_one_word
from bot.people import units
from bot.people.parsing import parse_digit
from bot.questions import record
from bot.store.tables.askings import Outcome
from bot.text import clean, cut, utf16_length
from bot.turn import Turn
from handlers.members import answered, bare_numbers, forwarding, menu, rephrasing, stories, suggesting
from handlers.parts import Parts

_JOINING = {"MEM-01", "MEM-02", "MEM-09"}
"""The entries about who may join and how: while they are off, whoever asks is told at least the word that begins it."""
_ABOUT_AS_LIKELY = 0.5
_TOPIC_QUESTIONS = 8  # As many numbered lines as fit a small screen.


async def take(turn: Turn, parts: Parts) -> bool:
    """Everything that nobody took is a question. Always takes the turn."""
    words = clean(turn.incoming.text)
    picked = parse_digit(words, menu.HIGHEST)
    if picked == 0:
        await suggesting.offer_what_lies_ready(turn, parts)
    elif picked is not None:
        await _take_menu(turn, parts, picked)
    elif not any(char.isalpha() for char in words):
        await bare_numbers.answer(turn, words)
    else:
        await take_question(turn, parts, words)
    return True


async def take_question(turn: Turn, parts: Parts, words: str) -> None:
    """Answer what she asked in her own words, on the rung that the bank is sure enough for."""
    lead = ""
    if utf16_length(words) > record.MOST_UNITS:
        words, lead = cut(words, record.MOST_UNITS), turn.gettext("Dạ, tin dài quá nên em chỉ đọc phần đầu.")
    await answered.hear_what_is_unclear(turn, words)
    book = await parts.answers.current(turn.connection)
    at = await units.line(turn.connection, turn.contact.unit_id)
    reading = stories.read(words, lambda part: book.search(part, at=at))
    matches = reading.matches
    is_subject = is_one_word(words)
    decision = choose(matches, is_one_word=is_subject, has_rephrased=rephrasing.was_asked(turn))
    found = [book.in_place_of(book.entries[entry_id], at) for entry_id in decision.entry_ids]
    if is_subject:
        found = _of_its_subject(found, matches)
    # What an entry surely is about is as private as that entry; of what none is sure to be about, her own words tell.
    is_private_matter = decision.rung is not Rung.ANSWER and parts.private.are_in(words)
    is_sensitive = (
        is_private_matter
        or any(entry.is_sensitive for entry in (found if is_subject else found[:1]))
        or any(
            book.entries[match.entry_id].is_sensitive
            for match in (*matches, *reading.whole)
            if match.confidence >= DEFAULTS.private
        )
    )
    if is_sensitive:
        turn.hide_words()

    lead = "\n".join(filter(None, [lead, reading.lead(turn, is_private=is_sensitive)]))

    async def note(outcome: Outcome) -> int:
        return await askings.note(
            turn.connection,
            turn.contact,
            words,
            outcome=outcome,
            match=matches[0] if matches else None,
            now=turn.now,
            is_private=is_sensitive or turn.heard.is_sensitive,
        )

    match decision.rung:
        case Rung.ANSWER if found[0].is_on:
            asking_id = await note(Outcome.ANSWERED)
            confidence = matches[0].confidence
            await answered.give(
                turn, parts, found[0], confidence=confidence, asked=words, asking_id=asking_id, lead=lead
            )
        case Rung.SUGGEST if offered := _to_suggest(
            book, found, at, is_subject=is_subject, is_sure=matches[0].confidence >= DEFAULTS.answer
        ):
            topics = {entry.topic for entry in offered}
            topic = book.topic_names.get(topics.pop(), "") if is_subject and len(topics) == 1 else ""
            asking_id = await note(Outcome.SUGGESTED)
            await suggesting.suggest(
                turn, offered, words, sensitive=is_sensitive, asking_id=asking_id, topic=topic, lead=lead
            )
        case Rung.REPHRASE:
            asking_id = await note(Outcome.REPHRASE)
            if reading.is_story:
                await rephrasing.ask_for_one_thing(
                    turn, words, asking_id=asking_id, sensitive=is_private_matter
                )
            else:
                examples = rephrasing.examples(book, matches, at)
                await rephrasing.ask(
                    turn, examples, words, asking_id=asking_id, sensitive=is_private_matter, lead=lead
                )
        case _:
            asking_id = await note(Outcome.NO_ANSWER)
            await rephrasing.offer_cadre(
                turn,
                words,
                sensitive=is_sensitive,
                is_joining=bool(found) and found[0].entry_id in _JOINING,
                asking_id=asking_id,
                lead=lead,
            )


def _of_its_subject(found: list[KeptEntry], matches: list[Match]) -> list[KeptEntry]:
    """Of what a single word was found in, what is of the likeliest's topic or about as likely: the topic fills the list up."""
    return [
        entry
        for entry, match in zip(found, matches, strict=False)
        if entry.topic == found[0].topic or match.confidence >= _ABOUT_AS_LIKELY * matches[0].confidence
    ]


def _to_suggest(
    book: Book, found: list[KeptEntry], at: tuple[int, ...], *, is_subject: bool, is_sure: bool
) -> list[KeptEntry]:
    """What she may mean; with a single word whatever its topic has. Nothing where the likeliest is switched off: a cadre knows.
    With a single word that is so only where nothing else can be meant: the rest of its topic would be beside the point.

    What is private is shown beside a question only where the likeliest is: nobody is to find it on her phone because of two words alike.
    """
    if not found[0].is_on and (is_sure or not is_subject):
        return []
    if is_subject:
        found = [*found, *book.of_topics((found[0].topic,), at=at)]
    is_private = is_subject or found[0].is_sensitive
    offered = {
        entry.entry_id: entry for entry in found if entry.is_on and (is_private or not entry.is_sensitive)
    }
    return list(offered.values())[:MAX_SUGGESTIONS]


async def _take_menu(turn: Turn, parts: Parts, picked: int) -> None:
    if picked == menu.FEEDBACK:
        await forwarding.offer(turn, parts, text=None)
    elif picked == menu.SETTINGS:
        turn.conversation.end()
        await turn.say(settings_text(turn))
    else:
        book = await parts.answers.current(turn.connection)
        at = await units.line(turn.connection, turn.contact.unit_id)
        topics = menu.MENU[picked]
        offered = book.of_topics(topics, at=at)[:_TOPIC_QUESTIONS]
        if not offered:  # Officers have switched on none of them yet.
            await rephrasing.offer_cadre(turn, "", sensitive=False)
            return
        lead = ""
        if not await menu.is_known(turn):
            lead = turn.gettext(
                "Dạ, số {number} là một mục trong MENU của em. Chị trả lời tin nhắn nào khác thì chị viết bằng chữ giúp em nghen."
            ).format(number=picked)
        await suggesting.suggest(turn, offered, "", topic=book.topic_names.get(topics[0], ""), lead=lead)


def settings_text(turn: Turn) -> str:
    return turn.gettext(
        "Chị gõ:\n"
        "• NGUNG: thôi nhận tin báo. NHANTIN: nhận lại. CHUDE: chọn loại tin muốn nhận.\n"
        "• KIN: chế độ kín, em không chủ động nhắn và không hiện điều riêng tư. HETKIN: thôi chế độ kín.\n"
        "• HOSO: xem thông tin của chị. SUAHOSO: sửa. XOA: xóa hết.\n"
        "• KHMER: nói tiếng Khmer. TIENGVIET: nói tiếng Việt."
    )
