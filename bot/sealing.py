"""Seals what the database must not show: a copy of its files opens nothing without the service's secret key.

Sealing also says what a text is about, so that nobody who can write rows can put one row's text into another.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORM = "1."  # So that another way of sealing can be told from this one.
_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealBroken(Exception):  # noqa: N818 - an outcome as much as an error
    """It was sealed under another key, is about something else, or was changed. The text shows none of it."""

    def __init__(self) -> None:
        super().__init__("sealed under another secret key, or changed since")


class Sealer:
    """Seals and unseals under one secret key. The same text never looks the same twice."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"chihoi sealing 1")
        self._cipher = AESGCM(derived.derive(secret_key.encode()))

    def seal(self, text: str, *, about: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return _FORM + base64.urlsafe_b64encode(nonce + sealed).decode("ascii")

    def unseal(self, sealed: str, *, about: str) -> str:
        """Raises SealBroken."""
        text = self._unsealed(sealed, about)
        if text is None:
            raise SealBroken
        return text

    def _unsealed(self, sealed: str, about: str) -> str | None:
        if not sealed.startswith(_FORM):
            return None
        try:
            content = base64.b64decode(sealed[len(_FORM) :], altchars=b"-_", validate=True)
            return self._cipher.decrypt(
                content[:_NONCE_BYTES], content[_NONCE_BYTES:], about.encode()
            ).decode()
        except (InvalidTag, ValueError):
            return None
