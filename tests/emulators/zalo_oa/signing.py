"""The vendor's formulas: webhook signature, proof of the app's secret, PKCE challenge."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signature(app_id: str, body: bytes, timestamp: str, key: str) -> str:
    """Plain SHA-256 over the four texts one after another, as the vendor has it; not an HMAC."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + key.encode()).hexdigest()


def appsecret_proof(app_secret: str, access_token: str) -> str:
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def challenge(verifier: str) -> str:
    return (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii", "replace")).digest())
        .decode()
        .rstrip("=")
    )
