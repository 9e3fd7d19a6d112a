"""Passwords: what counts as one, and hashing them without holding up everybody else."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 200
_AT_ONCE = 2  # Each hashing takes 64 MiB for a moment: ten at once would not fit a small server.


class Passwords:
    """Hashes and checks passwords in threads, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._of_nobody: str | None = None

    async def make_hash(self, password: str) -> str:
        """The form to keep. The caller has checked `is_acceptable`."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def is_right(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one behind `kept`. With nothing kept it takes as long, and is never right."""
        if len(password) > MAX_LENGTH * 2:
            return False
        if kept is None:
            self._of_nobody = self._of_nobody or await self.make_hash("nobody has this password")
        async with self._gate:
            matches = await asyncio.to_thread(self._verify, kept or self._of_nobody or "", _normal(password))
        return matches and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed more weakly than we hash today."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def is_acceptable(password: str) -> bool:
    return MIN_LENGTH <= len(_normal(password)) <= MAX_LENGTH


def _normal(password: str) -> str:
    # The same letters with marks come composed from one keyboard and in pieces from another.
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace").decode()
