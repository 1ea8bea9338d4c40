"""What the plans need to know of this installation."""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from core.storage.hands import Hands
from core.storage.known import KnownDialogs
from core.store import Cipher


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """key_life: how long a channel's dedup keys are kept. files: folder of attachments.
    known: dialogs as this process saved them. hands: who goes on with what a write makes ready."""

    cipher: Cipher
    new_id: Callable[[], str]
    reopen_window: timedelta
    key_life: Callable[[str], timedelta]
    files: str = ""
    known: KnownDialogs = msgspec.field(default_factory=KnownDialogs)
    hands: Hands = msgspec.field(default_factory=Hands)
