"""Accounts are looked after each by itself; what is wrong is told, and told again when it ends."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bots.watch import Watch, state_of
from bots.way import Way
from core.channel import Finding
from core.desk_values import ChannelState
from core.errors import ChannelUnavailable
from tests.fakes.bell import Bell

GOOD = (Finding(level="OK", text="webhook=set"),)
LOST = Finding(level="FAIL", text="no webhook is set", remedy="Restart this process.")


class Account:
    """One account. fails: how often it cannot be reached. dropped: the webhook is gone."""

    def __init__(self, fails: int = 0, findings: Sequence[Finding] = GOOD) -> None:
        self.fails = fails
        self.faults = 0
        self.findings = tuple(findings)
        self.dropped = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def register(self) -> None:
        await self.answers.wait()
        if self.faults:
            self.faults -= 1
            raise KeyError("result")
        if self.fails:
            self.fails -= 1
            raise ChannelUnavailable("network")

    async def watch(self) -> bool:
        await self.register()
        was, self.dropped = self.dropped, False
        return was

    async def health(self) -> tuple[Finding, ...]:
        return self.findings

    def way(self) -> Way:
        """As a platform's folder would give it."""
        channel: Any = self
        return Way(channel, None, None, self.register, self.watch)


class Alarms:
    """What was told, in order."""

    def __init__(self, **accounts: Account) -> None:
        self.told: list[tuple[str, ChannelState]] = []
        self.waits: list[float] = []
        self.bell = Bell()
        self.watch = Watch({name: one.way() for name, one in accounts.items()}, self.alarm)

    async def alarm(self, name: str, found: ChannelState) -> None:
        self.told.append((name, found))
        self.bell.ring()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def test_an_account_that_cannot_be_reached_is_tried_again_and_told_of() -> None:
    alarms = Alarms(main=Account(fails=3))
    await alarms.watch.register("main", alarms.sleep)
    down = ("main", ChannelState("down", "not registered: channel unavailable (network)"))
    assert alarms.told == [down, down, down, ("main", ChannelState())]
    assert alarms.waits == [1.0, 2.0, 5.0]


async def test_a_fault_of_ours_does_not_end_the_registering() -> None:
    account = Account()
    account.faults = 2
    alarms = Alarms(main=account)
    await alarms.watch.register("main", alarms.sleep)
    assert [found.state for _, found in alarms.told] == ["down", "down", "ok"]
    assert alarms.waits == [1.0, 2.0]


async def test_a_webhook_that_was_dropped_is_told_once() -> None:
    account = Account()
    alarms = Alarms(main=account)
    account.dropped = True
    await alarms.watch.look()
    await alarms.watch.look()
    (_, first), (_, second) = alarms.told
    assert (first.state, second) == ("degraded", ChannelState())
    assert "registered again" in first.problem


async def test_a_slow_or_broken_account_holds_up_no_other() -> None:
    slow, broken, good = Account(), Account(), Account()
    slow.answers.clear()
    broken.findings = (None,)  # type: ignore[assignment]  # an adapter gone mad
    alarms = Alarms(slow=slow, broken=broken, good=good)
    looking = asyncio.create_task(alarms.watch.look())
    await alarms.bell.until(lambda: len(alarms.told) >= 2)
    assert dict(alarms.told) == {
        "broken": ChannelState("down", "AttributeError"),
        "good": ChannelState(),
    }
    slow.answers.set()
    await looking
    assert alarms.told[-1] == ("slow", ChannelState())


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ((), ChannelState()),
        (GOOD, ChannelState()),
        ((*GOOD, LOST), ChannelState("down", "no webhook is set. Restart this process.")),
        (
            (Finding(level="FAIL", text="@bot webhook=none"), LOST),
            ChannelState("down", "no webhook is set. Restart this process."),
        ),
        (
            (Finding(level="WARN", text="9 updates wait"),),
            ChannelState("degraded", "9 updates wait"),
        ),
    ],
)
def test_the_worst_finding_is_told_with_what_can_be_done(
    findings: tuple[Finding, ...], state: ChannelState
) -> None:
    assert state_of(findings) == state
