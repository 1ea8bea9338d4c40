"""Keeps secrets at rest: AES-SIV, deterministic and bound to a context."""

import base64
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_KEY_BYTES = 64
_PERSON = b"otklik storage"


class SivCipher:
    """Seals under a key derived from OTKLIK_SECRET_KEY; see core.store.Cipher.

    AES-SIV because a turn replayed after a crash must seal to the same value, which a random
    nonce would spoil and a repeated one would give away.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    @cached_property
    def _siv(self) -> "AESSIV":
        # Imported at the first secret: most runs of the light commands never see one.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        key = hashlib.blake2b(
            self._secret_key.encode(), digest_size=_KEY_BYTES, person=_PERSON
        ).digest()
        return AESSIV(key)

    def seal(self, text: str, context: str) -> str:
        """The text encrypted, as URL-safe base64."""
        # An empty text is no valid input of AES-SIV, hence the leading byte.
        sealed = self._siv.encrypt(b"1" + text.encode(), [context.encode()])
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """The text that was sealed; ValueError for anything else."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            return self._siv.decrypt(raw, [context.encode()])[1:].decode()
        except (InvalidTag, ValueError) as error:
            raise ValueError("not sealed by this key in this context") from error
