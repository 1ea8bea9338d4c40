"""What a transaction took whose commit was not answered, and how it is given back.

A lease tells which transaction took it: its owner, and its end by the owner's clock, which is the
moment of the call and the length of the lease. No two transactions of a process share that.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from core.storage import sql_doubt
from core.storage.rules import Rules
from core.storage.statement import Plan, micros
from core.storage.taking import Claim, Kin

_CLAIMS: dict[str, Kin] = {"claim": "turns", "claim_chats": "chats", "claim_calls": "calls"}
_WRITES = ("accept", "append", "finish_call", "save")


class Doubt(NamedTuple):
    """Leases that were taken, if they were. idle: only what was idle before."""

    kin: Kin
    claim: Claim
    idle: bool


def doubts_of(rules: Rules, name: str, jobs: Sequence[Any]) -> list[Doubt]:
    """What calls of this name may have taken, in one transaction."""
    if name in _CLAIMS:
        return [Doubt(_CLAIMS[name], job, idle=False) for job in jobs]
    if name not in _WRITES:
        return []
    now = max(job.now for job in jobs)
    kins: tuple[Kin, ...] = ("chats", "turns", "calls")
    claims = ((kin, rules.hands.claim(kin, now)) for kin in kins)
    return [Doubt(kin, claim, idle=True) for kin, claim in claims if claim is not None]


def give_back(rules: Rules, doubts: Sequence[Doubt]) -> Plan[tuple[Kin, ...]]:
    """Makes it due at once; of which kin there was something."""
    found: list[Kin] = []
    for kin, claim, idle in doubts:
        own = (claim.worker, claim.lease_until, micros(claim.now))
        if kin == "chats":
            rows = yield sql_doubt.GIVE_BACK_CHATS, (*own, idle)
        elif kin == "turns":
            rows = yield sql_doubt.GIVE_BACK_RUNS, own
        else:
            rows = yield sql_doubt.GIVE_BACK_CALLS, own
        if rows:
            found.append(kin)
    return tuple(found)
