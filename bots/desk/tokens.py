"""Small signed texts: list cursors and links of files. Nobody but us can make or change one."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

_TAG = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signed(key: bytes, purpose: str, value: Any) -> str:
    """The value as URL-safe text. purpose: a token of one kind never passes as another."""
    body = msgspec.json.encode(value)
    return base64.urlsafe_b64encode(_tag(key, purpose, body) + body).rstrip(b"=").decode()


def opened(key: bytes, purpose: str, token: str) -> Any:
    """The value again. Raises ValueError for anything that `signed` did not make."""
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("no token") from None
    tag, body = raw[:_TAG], raw[_TAG:]
    if not hmac.compare_digest(tag, _tag(key, purpose, body)):
        raise ValueError("no token of ours")
    return msgspec.json.decode(body)


def packed_keys(keys: tuple[Any, ...]) -> list[Any]:
    """Sort keys as JSON; moments keep their microseconds."""
    return [{"at": micros(key)} if isinstance(key, datetime) else key for key in keys]


def unpacked_keys(keys: list[Any]) -> tuple[Any, ...]:
    """The sort keys again."""
    return tuple(moment(key["at"]) if isinstance(key, dict) else key for key in keys)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The moment again."""
    return _EPOCH + timedelta(microseconds=value)


def _tag(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, sha256)[:_TAG]
