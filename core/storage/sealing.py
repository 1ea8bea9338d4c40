"""Payloads of updates as they are stored: encrypted where they may hold a secret."""

from core.storage.rules import Rules
from core.updates import ENCODER, AnyUpdate, CustomerEdited


def stored(rules: Rules, update: AnyUpdate, dialog: str, *, is_secret: bool) -> tuple[bytes, bool]:
    """(payload, whether it is sealed). is_secret: a secret question is open in the dialog."""
    payload = ENCODER.encode(update)
    # an edit may give a secret answer anew, long after its question was closed
    if not (is_secret or isinstance(update, CustomerEdited)):
        return payload, False
    return rules.cipher.seal(payload.decode(), f"update:{dialog}").encode(), True


def opened(rules: Rules, dialog: str, payload: bytes) -> bytes:
    """The payload that was sealed."""
    return rules.cipher.open(payload.decode(), f"update:{dialog}").encode()
