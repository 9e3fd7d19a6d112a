"""What happens to a file once it is here, or once it is clear that it never will be. Implements `bot.fetching.Concern`.

A member's goes to the desk that has her question; a cadre's goes to the member as her answer, or as more of it.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Attachment, FileKind, Outgoing
from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts as chats
from bot.people.contacts import Contact
from bot.questions import answering, enclosures, forwarding, letters, record
from bot.questions.answering import Answered
from bot.questions.open import is_kept_from
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables import files


@dataclass(frozen=True, slots=True)
class _Arrival:
    attachment: Attachment
    question: Question  # Locked.
    sender: Contact
    is_askers: bool


class Arrivals:
    """Told by the fetcher."""

    def __init__(self, outbox: Outbox, languages: Languages, clock: Clock) -> None:
        self._outbox = outbox
        self._languages = languages
        self._clock = clock

    async def on_fetched(self, connection: AsyncConnection, file_id: int) -> None:
        post = self._post(connection)
        file = await _arrival(post, file_id)
        if file is None:
            return
        if file.is_askers:
            if (chat := await forwarding.desk_chat(post, file.question)) is not None:
                await enclosures.send(post, file.question, chat, file.attachment)
        elif file.sender.staff_id is not None:
            await _answer_with(post, file, file.sender.staff_id)

    async def on_given_up(self, connection: AsyncConnection, file_id: int) -> None:
        post = self._post(connection)
        file = await _arrival(post, file_id)
        if file is None or file.sender.is_quiet:
            return
        _ = post.gettext(file.sender)
        if file.is_askers:
            text = _(
                "Dạ, em không lấy được hình hay tập tin chị gửi kèm câu hỏi mã {code}. Chị gửi lại, hoặc viết bằng chữ giúp em nghen."
            )
        else:
            text = _(
                "Dạ, em không lấy được hình hay tập tin chị gửi cho câu hỏi mã {code} nên chưa chuyển tới chị ấy. Chị gửi lại, hoặc gõ câu trả lời giúp em nghen."
            )
        await post.notice(file.sender, text.format(code=file.question.question_id))

    def _post(self, connection: AsyncConnection) -> Post:
        return Post(connection, self._outbox, self._languages, self._clock())


async def _answer_with(post: Post, file: _Arrival, staff_id: int) -> None:
    """It is her answer where none was given yet, else it follows the one she gave."""
    question, cadre, attachment = file.question, file.sender, file.attachment
    asker = await chats.get(post.connection, question.contact_id) if question.contact_id else None
    is_hers = question.staff_id == staff_id
    is_kept = await is_kept_from(post.connection, question.question_id, staff_id)
    if asker is not None and is_hers and not question.is_open:
        _ = post.gettext(asker)
        text = _("Cán bộ gửi kèm câu trả lời cho câu hỏi mã {code} của chị: {what}.").format(
            code=question.question_id, what=enclosures.named(attachment.kind, _)
        )
        await post.to_member(asker, question, Outgoing(text, attachment=attachment), staff_id=staff_id)
    elif (is_hers or question.staff_id is None) and not is_kept:
        words = enclosures.named(attachment.kind, post.gettext(asker or cadre))
        sent = await answering.answer(
            post, question.question_id, staff_id=staff_id, words=f"({words})", attachment=attachment
        )
        if sent is Answered.HELD:
            await post.notice(cadre, letters.held(question.question_id, post.gettext(cadre)))
    else:
        _ = post.gettext(cadre)
        text = _("Dạ, câu hỏi mã {code} nay đã có người khác lo nên em không gửi nữa.")
        await post.notice(cadre, text.format(code=question.question_id))


async def _arrival(post: Post, file_id: int) -> _Arrival | None:
    """None for a file that belongs to no question (any more)."""
    found = sa.select(files.c.kind, files.c.question_id, files.c.contact_id).where(files.c.id == file_id)
    row = (await post.connection.execute(found)).one_or_none()
    if row is None or row.question_id is None or row.contact_id is None:
        return None
    question = await record.lock(post.connection, row.question_id)
    sender = await chats.get(post.connection, row.contact_id)
    if question is None or sender is None:
        return None
    is_askers = question.contact_id == sender.contact_id or (
        sender.member_id is not None and sender.member_id == question.member_id
    )
    return _Arrival(Attachment(FileKind(row.kind), file_id), question, sender, is_askers)
