"""What a company says of its Viber bot, checked before anything starts."""

import re

from bots.account import Account
from bots.viber.capabilities import SENDER_NAME

DEFAULT_API = "https://chatapi.viber.com/pa"
#: Below the time delivery gives an adapter, and twice of it below half of a lease: a message may
#: be rendered and sent once more.
TIMEOUT = 12.0
_TOKEN = re.compile(r"[!-~]{8,200}")
_AVATAR = 1000
#: Viber calls no other port.
_PORTS = frozenset({443})


class ViberSettings(Account, frozen=True, kw_only=True):
    """sender_name, sender_avatar: how messages are signed; empty: the name of the channel, none."""

    sender_name: str = ""
    sender_avatar: str = ""
    api_url: str = DEFAULT_API
    timeout: float = TIMEOUT

    @property
    def sender(self) -> dict[str, str]:
        """Who messages come from."""
        name = self.sender_name or self.name[:SENDER_NAME]
        return {"name": name, **({"avatar": self.sender_avatar} if self.sender_avatar else {})}

    def _problems(self) -> list[str]:
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append(
                "`token` must be the app key of the bot, letters and digits without blanks"
            )
        if len(self.sender_name) > SENDER_NAME:
            found.append(f"`sender_name` must be at most {SENDER_NAME} characters")
        if len(self.sender_avatar) > _AVATAR:
            found.append(f"`sender_avatar` must be at most {_AVATAR} characters")
        rule = "https on port 443, with a certificate of a public CA"
        return [
            *found,
            *self._call_problems(TIMEOUT),
            *self._address_problems(DEFAULT_API, _PORTS, rule),
        ]
