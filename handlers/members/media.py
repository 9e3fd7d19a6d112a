"""Pictures, voice and the like: the assistant reads only text, and says so kindly, once for an album."""

from bot.channels.contract import IncomingKind
from bot.turn import Turn
from handlers.members.my_data import is_asking_phone
from handlers.parts import Parts


async def take(turn: Turn, parts: Parts) -> bool:
    _ = turn.gettext
    match turn.incoming.kind:
        case IncomingKind.PHONE if not is_asking_phone(turn):
            turn.hide_words()
            await turn.say(
                _(
                    "Dạ, em chưa cần số điện thoại lúc này nên em không ghi. Chị muốn ghi tên thì gõ DANGKY, đổi số thì gõ SUAHOSO."
                )
            )
            return True
        case IncomingKind.MEDIA if turn.incoming.album and turn.incoming.album == turn.conversation.data.get(
            "album"
        ):
            return True  # The rest of an album that has been answered.
        case IncomingKind.MEDIA if not turn.incoming.text:
            if turn.incoming.album:
                turn.conversation.data = {**turn.conversation.data, "album": turn.incoming.album}
            await turn.say(
                _("Dạ, em chưa xem được hình, tiếng nói hay tập tin. Chị viết bằng chữ giúp em nghen. Nếu đó là hình căn cước hay giấy tờ, chị xóa đi cho an toàn.")
            )  # fmt: skip
            return True
    return False
