"""The second factor: codes of an authenticator app (RFC 6238), and the codes on paper beside it.

A code is good for its half minute and its neighbours, and once: whoever stores the step it came
from refuses it and all earlier ones from then on.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

PERIOD = 30
DIGITS = 6
#: Periods a phone's clock may be off, to both sides.
_SKEW = 1
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_RECOVERY_CHARS = 16


def secret_of(token: str) -> str:
    """A shared secret in base32, made of 256 random bits."""
    return base64.b32encode(_digest(token)[:_SECRET_BYTES]).decode()


def address_of(secret: str, login: str, issuer: str) -> str:
    """What the app reads from a picture (the key URI format of Google Authenticator)."""
    label = f"{quote(issuer, safe='')}:{quote(login, safe='')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The period whose code this is, None for a wrong one. Compares in constant time."""
    import pyotp  # needed at few sign-ins, and never by most commands

    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    present = int(now.timestamp()) // PERIOD
    app = pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD)
    found = None
    for step in range(present - _SKEW, present + _SKEW + 1):
        if hmac.compare_digest(app.generate_otp(step), code):
            found = step
    return found


def recovery_code(token: str) -> str:
    """A code for paper, 80 random bits as four groups of four."""
    text = base64.b32encode(_digest(token))[:_RECOVERY_CHARS].decode()
    return "-".join(text[at : at + 4] for at in range(0, _RECOVERY_CHARS, 4))


def recovery_hash(code: str) -> str:
    """How a recovery code is stored; case and dashes do not matter. 80 random bits need no salt."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
