"""How calls of the double in vk.py go wrong."""

import json
from typing import Any, NamedTuple

from tests.fakes.vk_rules import Refused

#: `Fault.only` for calls that show the customer a message.
SENDING = "sending"
SENDING_METHODS = ("messages.send", "wall.createComment")


class Fault(NamedTuple):
    """How one call goes wrong.

    kind: `answer` status and body as given · `timeout`, `drop` after VK took the call · `refuse`
    the connection ends before anything is taken · `slow` answers when `release` is set.
    only: for calls of this method, or SENDING. taken: the `answer` comes after the ledger entry.
    """

    kind: str
    status: int = 200
    body: str = ""
    only: str = ""
    taken: bool = False


def error(code: int, text: str = "refused", **more: Any) -> Fault:
    """VK's own refusal."""
    return Fault("answer", 200, json.dumps(Refused(code, text, **more).answer))


PAGE = Fault("answer", 502, "<html><h1>502 Bad Gateway</h1></html>")
GARBAGE = Fault("answer", 200, "<<<", taken=True)
EMPTY = Fault("answer", 200, "{}", taken=True)
TIMEOUT = Fault("timeout")
DROP = Fault("drop")
REFUSE = Fault("refuse")
SLOW = Fault("slow")
TOO_FAST = error(6, "Too many requests per second")
FLOOD = error(9, "Flood control")
