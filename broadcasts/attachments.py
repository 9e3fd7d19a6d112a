"""The one picture, file or recording that goes with an announcement: what it is, and what each platform does with it.

What it is, its bytes say (bot.media_types); what could act in a browser, or nobody's phone opens, is not taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import files
from bot.channels.contract import Attachment, FileKind, Limits
from bot.media_types import UNKNOWN, ending_of, media_type_of
from bot.store.tables import files as file_rows
from broadcasts.refused import N_, Refused

MOST_BYTES: Final = 10 * 1024 * 1024
_MB: Final = 1024 * 1024
_KINDS: Final = {"image/gif": FileKind.GIF, "application/zip": None, UNKNOWN: None, "image/heic": None}
_BY_FAMILY: Final = {"image": FileKind.IMAGE, "audio": FileKind.VOICE, "video": FileKind.VIDEO}


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as officers see it, without its bytes."""

    file_id: int
    kind: FileKind
    name: str
    media_type: str
    size_bytes: int


async def keep(connection: AsyncConnection, data: bytes, *, name: str, now: datetime) -> Attachment:
    """Keep what an officer uploaded. Refused as with `check`."""
    kind = check(data)
    return Attachment(kind, await files.keep(connection, data, kind=kind, name=name, now=now))


def check(data: bytes) -> FileKind:
    """What an uploaded file is to us. Refused with a sentence for what cannot be sent."""
    if not data:
        raise Refused(N_("Tệp này trống. Chị chọn tệp khác giúp."))
    if len(data) > MOST_BYTES:
        raise Refused(N_("Tệp nặng quá 10 MB. Chị chọn hình nhỏ hơn hoặc tệp nhẹ hơn."))
    media_type = media_type_of(data)
    kind = _KINDS.get(media_type, _BY_FAMILY.get(media_type.partition("/")[0], FileKind.FILE))
    if kind is None:
        raise Refused(
            N_(
                "Loại tệp này chưa gửi được. Chị dùng hình JPG hoặc PNG, tệp PDF, Word, Excel, hoặc bản ghi âm."
            )
        )
    return kind


async def sight(connection: AsyncConnection, attachment: Attachment | None) -> Sight | None:
    """What goes with the announcement; None where nothing does, or it is not there any more."""
    if attachment is None:
        return None
    found = sa.select(
        file_rows.c.name, file_rows.c.media_type, sa.func.length(file_rows.c.data).label("size")
    ).where(file_rows.c.id == attachment.file_id, file_rows.c.data.is_not(None))
    row = (await connection.execute(found)).one_or_none()
    return Sight(attachment.file_id, attachment.kind, row.name, row.media_type, row.size) if row else None


async def faults(
    connection: AsyncConnection,
    attachment: Attachment | None,
    limits: Mapping[str, Limits],
    _: Callable[[str], str],
) -> list[str]:
    """What keeps an announcement from being sent with it: `limits` are those of the accounts that it goes through, by name."""
    if attachment is None:
        return []
    file = await sight(connection, attachment)
    if file is None:
        return [_("Hình hoặc tệp kèm theo không còn được giữ. Chị chọn lại, hoặc gửi chỉ lời nhắn.")]
    return [fault for name, of_account in limits.items() if (fault := refusal(file, name, of_account, _))]


def refusal(file: Sight, account: str, limits: Limits, _: Callable[[str], str]) -> str:
    """Why this account's platform would refuse the whole message; "" where it takes it, or leaves only the file out."""
    if file.kind not in limits.carries:
        return ""
    most = limits.file_bytes.get(file.kind)
    if most is not None and file.size_bytes > most:
        return _("%(account)s chỉ nhận tới %(most)s MB, tệp này nặng %(size)s MB. Chị chọn tệp nhẹ hơn.") % {
            "account": account,
            "most": _number(most),
            "size": _number(file.size_bytes),
        }
    endings = limits.file_types.get(file.kind)
    if endings is not None and ending_of(file.media_type) not in endings:
        return _("%(account)s không nhận loại tệp này, chỉ nhận %(endings)s.") % {
            "account": account,
            "endings": ", ".join(sorted(endings)),
        }
    return ""


def _number(size_bytes: int) -> str:
    return f"{size_bytes / _MB:.1f}".removesuffix(".0").replace(".", ",")
