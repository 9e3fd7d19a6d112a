"""Reads the parameters of a call, whichever way the client sent them: query, form, multipart or JSON.

Values keep the form in which they came (text from a form, numbers and objects from JSON); the accessors
below take both, as the real server does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.emulators.telegram.refusals import bad_request

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came as a multipart part."""

    name: str
    content: bytes
    content_type: str

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {len(self.content)} bytes)"


async def read_parameters(request: web.BaseRequest) -> JSON:
    params: JSON = (
        dict(parse_qsl(request.query_string, keep_blank_values=True)) if request.query_string else {}
    )
    if not request.can_read_body:
        return params
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("multipart/form-data"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                params[name] = Upload(value.filename, value.file.read(), value.content_type)
                value.file.close()
            else:
                params[name] = value
        return params
    body = await request.read()
    if content_type.startswith("application/json"):
        try:
            received = json.loads(body)
        except ValueError:
            received = None
        if not isinstance(received, dict):
            raise bad_request("can't parse JSON object")
        # The real server drops nulls: a parameter that is null was not given.
        params.update((name, value) for name, value in received.items() if value is not None)
    else:
        try:
            params.update(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as exc:
            raise bad_request("strings must be encoded in UTF-8") from exc
    return params


def text_of(params: JSON, name: str) -> str:
    value = params.get(name, "")
    return value if isinstance(value, str) else json.dumps(value)


def int_of(params: JSON, name: str, default: int = 0) -> int:
    try:
        return int(params.get(name, default))
    except (TypeError, ValueError):
        return default


def bool_of(params: JSON, name: str) -> bool:
    return str(params.get(name, "")).lower() in {"true", "1", "yes"}


def json_of(params: JSON, name: str, *, refusal: str) -> Any:
    """The value as JSON, or None when it was not given; 400 with `refusal` when it cannot be read."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError as exc:
        raise bad_request(refusal) from exc
