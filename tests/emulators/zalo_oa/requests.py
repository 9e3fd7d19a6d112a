"""What a call of the OA API carries: the fields, and the accessors that refuse as the vendor does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.emulators.parameters import JSON, UnreadableError, Upload, read_json, read_multipart
from tests.emulators.zalo_oa.refusals import Host, Refused, invalid, too_long

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA, App
    from tests.emulators.zalo_oa.people import User


@dataclass(frozen=True, slots=True)
class Request:
    """One authorized call: which app called for which OA, and with what."""

    app: App
    oa: OA
    params: JSON

    def user(self, name: str = "user_id", params: JSON | None = None) -> User:
        """The user of an id; ids of another OA, numbers and unknown ones are -201."""
        user = self.oa.users.get(text_of(self.params if params is None else params, name))
        if user is None:
            raise invalid(name)
        return user


async def read(request: web.BaseRequest, host: Host, *, takes_plain_query: bool) -> JSON:
    """The fields of a call: a POST's JSON or multipart body, a GET's `data` document or plain query."""
    if request.method == "GET":
        query: JSON = dict(request.query)
        if host is Host.BUSINESS:
            return query
        if "data" in query:
            return _json(query["data"], host)
        if query and not takes_plain_query:
            raise Refused(-201, "data is invalid!")
        return query
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("multipart/form-data"):
        try:
            return await read_multipart(request)
        except UnreadableError as exc:
            raise Refused(-201, "body is invalid!") from exc
    body = await request.read()
    if not body and host is Host.BUSINESS:
        raise Refused(-121)
    if not content_type.startswith("application/json"):
        raise Refused(-122 if host is Host.BUSINESS else -201, "Content-Type is invalid!")
    return _json(body, host)


def _json(text: bytes | str, host: Host) -> JSON:
    try:
        return read_json(text)
    except UnreadableError as exc:
        raise Refused(-122 if host is Host.BUSINESS else -201, "data is invalid!") from exc


def text_of(params: JSON, name: str, *, longest: int | None = None, default: str | None = None) -> str:
    """A text that is there and not empty, unless there is a default."""
    value = params.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise invalid(name)
    if longest is not None and len(value) > longest:
        raise too_long(name)
    return value


def object_of(params: JSON, name: str) -> JSON:
    value = params.get(name)
    if not isinstance(value, dict):
        raise invalid(name)
    return value


def list_of(params: JSON, name: str, *, at_most: int) -> list[JSON]:
    """A list of one to `at_most` objects."""
    value = params.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise invalid(name)
    if len(value) > at_most:
        raise too_long(name)
    return value


def number_of(params: JSON, name: str, *, least: int, most: int, default: int | None = None) -> int:
    """A number, or digits, within the bounds; beyond the upper one it is -210."""
    value: Any = params.get(name, default)
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise invalid(name) from None
    if isinstance(value, bool | float) or number < least:
        raise invalid(name)
    if number > most:
        raise too_long(name)
    return number


def address_of(params: JSON, name: str) -> str:
    value = text_of(params, name)
    if not value.startswith(("http://", "https://")):
        raise invalid(name)
    return value


def file_of(params: JSON) -> Upload:
    upload = params.get("file")
    if not isinstance(upload, Upload) or not upload.content:
        raise invalid("file")
    return upload


def only(params: JSON, *allowed: str) -> None:
    """Refuses fields that the contract does not name: a misspelt field must not pass unseen."""
    for name in params:
        if name not in allowed:
            raise invalid(name)
