"""Short addresses of our own for the links of an announcement, so that it is known how many open them.

An address says which delivery and which link of its text, and nobody can make one up: it carries a mark made with the
service's key. It holds no name, and it leads to nothing but a link that stands in that announcement.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable

PATH = "/r/"
_MARK_BYTES = 6  # A trillion guesses for each address: nobody gets so many, and one would only count a click.
_MOST_LINKS = 256
_LONGEST_TOKEN = 40


def token(delivery_id: int, number: int, key: bytes) -> str:
    """What stands for link `number` (from 0) of one delivery: about 16 letters."""
    if not 0 <= number < _MOST_LINKS:
        raise ValueError("an announcement has fewer links")
    said = bytes([number]) + delivery_id.to_bytes((delivery_id.bit_length() + 7) // 8 or 1)
    return urlsafe_b64encode(said + _mark(said, key)).decode().rstrip("=")


def read(token: str, key: bytes) -> tuple[int, int] | None:
    """The delivery and the number of the link; None for anything that is not ours."""
    if not (token.isascii() and len(token) <= _LONGEST_TOKEN):
        return None
    try:
        whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Error, ValueError):
        return None
    said, mark = whole[:-_MARK_BYTES], whole[-_MARK_BYTES:]
    if len(said) < 2 or not hmac.compare_digest(mark, _mark(said, key)):
        return None
    return int.from_bytes(said[1:]), said[0]


def addresses(public_url: str, key: bytes) -> Callable[[int, int], str] | None:
    """The address of a link of a delivery; None where nobody reaches us: then links stand as they are."""
    if not public_url:
        return None
    return lambda delivery_id, number: f"{public_url}{PATH}{token(delivery_id, number, key)}"


def _mark(said: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"link:" + said, hashlib.sha256).digest()[:_MARK_BYTES]
