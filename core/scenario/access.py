"""Who is asking: levels per account, and the scenario that raises them before a protected call."""

from collections.abc import Mapping
from typing import Any

from core.scenario.model import Signature
from core.scenario.place import Frame
from core.scenario.walk import RANK, Walk


def allowed(walk: Walk, signature: Signature, arguments: Mapping[str, Any]) -> bool:
    """Whether the customer may have what the service answers for the account in question.

    Where not, the access scenario is put on the stack, to come back to the same call; one that
    came back without the level leads to people."""
    confirmed, walk.confirmed = walk.confirmed, False
    if signature.level == "anonymous":
        return True
    requires = walk.scenario(walk.top).requires
    need = max(signature.level, requires, key=RANK.__getitem__)
    subject = "" if signature.subject.startswith("result.") else signature.subject
    account = arguments.get(subject)
    has = "anonymous" if subject and account is None else walk.level(account)
    if RANK[has] >= RANK[need]:
        return True
    if confirmed or not _confirm(walk, subject, account):
        walk.escalate("not_identified")
    return False


def _confirm(walk: Walk, subject: str, account: Any) -> bool:
    """Starts the access scenario for this account; False if it runs already or there is none."""
    by = walk.bundle.scenarios.get(walk.bundle.bot.access_by)
    if by is None or any(frame.scenario == by.id for frame in walk.stack):
        return False
    walk.stack.append(Frame(scenario=by.id, step=by.start, via="access"))
    if subject in by.data and walk.slots.get(subject) != account:
        walk.fill(subject, account)
    return True
