"""Reads the parameters of a call, whichever way the client sent them: query, form, multipart or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

JSON = dict[str, Any]


class UnreadableError(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came as a multipart part."""

    name: str
    content: bytes
    content_type: str

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {len(self.content)} bytes)"


async def read_parameters(request: web.BaseRequest) -> JSON:
    """Query first, then the body over it; a null in JSON is as good as not given."""
    params: JSON = dict(parse_qsl(request.query_string, keep_blank_values=True))
    if request.can_read_body:
        params |= await read_body(request)
    return params


async def read_body(request: web.BaseRequest) -> JSON:
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("multipart/form-data"):
        return await read_multipart(request)
    body = await request.read()
    if content_type.startswith("application/json"):
        return read_json(body)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError as exc:
        raise UnreadableError("the form is not UTF-8") from exc


async def read_multipart(request: web.BaseRequest) -> JSON:
    params: JSON = {}
    try:
        fields = (await request.post()).items()
    except ValueError as exc:
        raise UnreadableError("the multipart body cannot be read") from exc
    for name, value in fields:
        if isinstance(value, web.FileField):
            params[name] = Upload(value.filename, value.file.read(), value.content_type)
            value.file.close()
        else:
            params[name] = value
    return params


def read_json(body: bytes | str) -> JSON:
    """A JSON object, nulls left out."""
    try:
        received = json.loads(body)
    except ValueError as exc:
        raise UnreadableError("the body is not JSON") from exc
    if not isinstance(received, dict):
        raise UnreadableError("the body is not a JSON object")
    return {name: value for name, value in received.items() if value is not None}


def units(text: str) -> int:
    """The length in UTF-16 units, the stricter reading of a platform's "characters"."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
