"""Troubles that pages notice by themselves: counted and logged, never more than a few a minute."""

import logging
from typing import Annotated, Literal

from pydantic import Field

from bots.desk.endpoint import ANY, Call, endpoint
from bots.desk.problems import Problem
from bots.desk.schemas import Body

log = logging.getLogger(__name__)


class Trouble(Body):
    """kind: counters that differ twice, a script's error, the page's policy broken, a socket or the
    browser's storage that fails. detail: numbers and names of our own, so that no customer's words
    get into a log."""

    kind: Literal["lost_update", "script", "policy", "socket", "storage"]
    seq: Annotated[int, Field(ge=0, le=2**53)] | None = None
    detail: Annotated[str, Field(pattern=r"^[A-Za-z0-9 _.,:;=<>()/*-]{0,300}$")] = ""
    build: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""


@endpoint("POST", "/client-errors", roles=ANY, body=Trouble)
async def report(call: Call, body: Trouble) -> None:
    """Takes down what a page noticed."""
    wait = call.work.reports.wait(call.me.id, call.now)
    if wait:
        raise Problem("rate_limited", values={"seconds": wait}, retry_after=wait)
    call.context.count(body.kind)
    log.warning(
        "a desk reports %s at %s, build %s: %s",
        body.kind, body.seq, body.build or "unknown", body.detail or "nothing more",
    )  # fmt: skip


ENDPOINTS = (report,)
