"""Long random values that open something, and the only form of them that is kept."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """A value that nobody can guess, safe in an address and a cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def kept_form(token: str) -> str:
    """What the database keeps of it. A plain hash is enough: there is nothing to try out against 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
