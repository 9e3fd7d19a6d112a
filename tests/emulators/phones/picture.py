"""The made-up picture that a person sends from the phone page: sky, sun and hills, as a real PNG.

Drawn in code, so that no binary file stands beside it. Zalo carries no SVG, and neither does what the service takes in.
"""

import struct
import zlib

NAME, TYPE = "anh.png", "image/png"

_WIDTH, _HEIGHT = 240, 160
_SKY, _SUN, _NEAR, _FAR = b"\x9c\xc5\xf0", b"\xff\xd6\x5a", b"\x4d\x8a\x57", b"\x7f\xb0\x85"


def _colour(x: int, y: int) -> bytes:
    if y > 110 + abs(x - 60) // 3:
        return _NEAR
    if y > 70 + abs(x - 170) // 2:
        return _FAR
    return _SUN if (x - 60) ** 2 + (y - 50) ** 2 < 24**2 else _SKY


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _draw() -> bytes:
    # Eight bits of red, green and blue; each line is led by a 0: nothing is done to it.
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    lines = (b"\0" + b"".join(_colour(x, y) for x in range(_WIDTH)) for y in range(_HEIGHT))
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(lines))) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PICTURE = _draw()
