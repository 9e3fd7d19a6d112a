"""Words of danger: answered before anything else, at once, with the numbers that are certain. No consent, no questions first."""

from bot.channels.contract import IncomingKind
from bot.questions.open import has_open_questions
from bot.said import Note
from bot.text import clean
from bot.turn import Turn
from handlers.members import lying_ready
from handlers.parts import Parts


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if the words sound like danger. Her words are not kept in the common log."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.MEDIA} or not turn.incoming.text:
        return False
    hit = parts.safety.check(turn.incoming.text)
    if hit is None:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is not None and await has_open_questions(turn.connection, staff_id):
        return False  # A cadre writing about such a case: her desk asks whether it is her answer.
    _ = turn.gettext
    turn.heard = Note(kind="safety", entry_id=hit.entry_id, is_sensitive=True)
    asked = turn.incoming.text
    if lying_ready.is_private(turn.conversation):
        asked = lying_ready.below(lying_ready.words(turn.conversation), clean(asked))
    turn.conversation.begin("", "", asked=asked, urgent=True, sensitive=True)
    note = Note(kind="safety", entry_id=hit.entry_id, is_sensitive=True)
    if turn.contact.is_quiet:
        # Somebody else may be reading: numbers, and nothing about why.
        await turn.say(
            _("Các số cần có trong máy: 113, 115, 111 (miễn phí), 1900 96 96 80. Gõ 0 để gặp cán bộ."),
            note=note,
        )
        return True
    text = f"{hit.text_km}\n\n{hit.text_vi}" if turn.contact.language == "km" and hit.text_km else hit.text_vi
    await turn.say(text, note=note)
    return True
