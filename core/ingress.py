"""What every way in shares: bytes to an object, secrets compared, samples without contents."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from core.counters import Counters
from core.errors import MalformedUpdate
from core.store_values import Accepted
from core.updates import Received

#: Files updates of the named channel and says of each where it went; durable when it returns.
#: Raises StoreUnavailable.
Intake = Callable[[str, Sequence[Received]], Awaitable[Sequence[Accepted]]]

#: (channel, sha256, redacted sample) of a body that cannot be parsed -> whether it came before.
#: Raises StoreUnavailable.
Quarantine = Callable[[str, str, str], Awaitable[bool]]


class Cursors(Protocol):
    """How far polling channels have read; the store has it. Raises StoreUnavailable."""

    async def cursor(self, channel: str) -> str:
        """What was put last, empty before the first time."""

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        """Called once the updates up to there are durable."""


class Arrivals:
    """Counts what channels bring, in both ways in. A repeat is no update: it is counted apart."""

    def __init__(self, counters: Counters) -> None:
        labels = ("channel", "kind")
        self._new = counters.counter("otklik_updates_total", "Updates taken in", labels)
        self._again = counters.counter(
            "otklik_repeated_updates_total", "Updates that platforms brought again", labels
        )

    def count(
        self, channel: str, received: Sequence[Received], accepted: Sequence[Accepted]
    ) -> None:
        """What came, and where it went."""
        for item, where in zip(received, accepted, strict=True):
            counter = self._again if where.repeat else self._new
            counter.add(channel, type(item.update).__name__)


#: Larger bodies are answered 413.
BODY_BYTES = 1024 * 1024

_SAMPLE_SIGNS = 2000
_SAMPLE_DEPTH = 8
_SAMPLE_ITEMS = 20


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; MalformedUpdate for anything else.

    What the quick reader is too strict for (half a sign in somebody's words, a number beyond all
    bounds) the patient one reads."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        value = _patiently(body)
    if not isinstance(value, dict):
        raise MalformedUpdate("not a JSON object")
    return value


def _patiently(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedUpdate(f"not JSON: {type(error).__name__}") from None


def same_secret(given: str, secret: str) -> bool:
    """Whether a header holds the secret, in constant time; False while the secret is empty.

    Header bytes that are no UTF-8 arrive as surrogates and are compared as the bytes they were.
    """
    try:
        raw = given.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = b""
    return hmac.compare_digest(raw, secret.encode()) and bool(secret)


def fingerprint(body: bytes) -> str:
    """By which the same bytes are known again."""
    return hashlib.sha256(body).hexdigest()


def sample(body: bytes) -> str:
    """The shape of a body: its keys and the types of its values, none of its words or numbers."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes, not JSON"
    return json.dumps(_shape(value, _SAMPLE_DEPTH), ensure_ascii=True)[:_SAMPLE_SIGNS]


def _shape(value: object, depth: int) -> object:
    if not depth:
        return "…"
    if isinstance(value, dict):
        items = list(value.items())[:_SAMPLE_ITEMS]
        return {_key(key): _shape(item, depth - 1) for key, item in items}
    if isinstance(value, list):
        return [_shape(item, depth - 1) for item in value[:_SAMPLE_ITEMS]]
    return type(value).__name__


def _key(key: str) -> str:
    """Names of fields are kept; whatever a sender could have put in their place is not."""
    named = len(key) <= 40 and key.isascii() and key.replace("_", "").isalpha()
    return key if named else "other"
