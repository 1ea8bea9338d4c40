"""How calls of a platform's double go wrong: what it refuses itself, and what tests arm."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

#: `Fault.only` for whatever shows the customer a message.
SENDING = "sending"


class Fault(NamedTuple):
    """How one call goes wrong.

    kind: `answer` status, body and headers as given · `timeout`, `drop` after the platform took the
    call · `refuse` the connection ends before anything is taken · `slow` answers when the double's
    `release` is set. only: for calls of this name, or SENDING. taken: whether an `answer` comes
    after the ledger entry.
    """

    kind: str
    status: int = 200
    body: str = ""
    only: str = ""
    taken: bool = False
    headers: Mapping[str, str] = {}


PAGE = Fault("answer", 502, "<html><h1>502 Bad Gateway</h1></html>")
GARBAGE = Fault("answer", 200, "<<<", taken=True)
EMPTY = Fault("answer", 200, "{}", taken=True)
TIMEOUT = Fault("timeout")
DROP = Fault("drop")
REFUSE = Fault("refuse")
SLOW = Fault("slow")
#: Seven seconds, as several platforms write it.
HINT = {"Retry-After": "7"}


class Refusal(Exception):
    """The platform takes nothing and says why. status: of HTTP. answer: its own words."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(json.dumps(answer))
        self.status = status
        self.answer = answer

    @property
    def fault(self) -> Fault:
        """The same, for a call that the platform itself would take."""
        return Fault("answer", self.status, json.dumps(self.answer))
