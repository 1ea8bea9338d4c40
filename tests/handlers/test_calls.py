"""A journalled call becomes exactly one update, whatever the service does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.backoffice.none import NoBackoffice
from core.errors import Refused, Unavailable
from core.scenario.services import CallContext, Service, ServiceError
from core.store_values import CallJob
from core.updates import CallFailed, CallReturned, Update
from handlers.calls import Calls, Company, lease_of, may_make, padding
from tests.fakes.calls import ListJournal, MemoryAttempts, MovingClock, job

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CANARY = "771299"


@dataclass(frozen=True)
class Answer:
    amount: Decimal
    code: str | None = None


class Bench:
    """One worker with one service `x.do` whose doing each test brings."""

    def __init__(self, do: Callable[[CallContext, str], Awaitable[Any]], **terms: Any) -> None:
        async def run(call: CallContext, code: str) -> Answer:
            self.contexts.append(call)
            answer: Answer = await do(call, code)
            return answer

        self.contexts: list[CallContext] = []
        self.clock = MovingClock(NOW)
        self.journal = ListJournal()
        self.seen: list[str] = []
        self.calls = Calls(
            self.journal,
            Company(
                services=(Service("x.do", run, **terms),),
                backoffice=NoBackoffice(),
                attempts=MemoryAttempts(self.clock),
                places=2,
            ),
            unseal=lambda dialog, sealed: f"{sealed.removeprefix(dialog + '/')}",
            worker="w1",
            clock=self.clock,
            sleep=self.clock.sleep,
            started=lambda job: self.seen.append(f"started {job.service}"),
            ended=lambda job, outcome, seconds: self.seen.append(
                f"ended {type(outcome).__name__} {seconds:g}"
            ),
        )
        self.calls.over = lambda job: self.seen.append("over")

    async def outcome(self, given: CallJob | None = None) -> Update:
        self.journal.waiting.append(given or job("x.do", code="1"))
        assert await self.calls.step() == 1
        await self.calls.drain()
        return self.journal.finished[-1][1]


async def good(call: CallContext, code: str) -> Answer:
    return Answer(amount=Decimal("-350.50"), code=code)


async def test_a_result_comes_back_as_plain_values_under_the_calls_key() -> None:
    bench = Bench(good)
    assert await bench.outcome(job("x.do", key="d9:4:2", code="7")) == CallReturned(
        key="d9:4:2", result={"amount": -350.5, "code": "7"}
    )
    assert bench.seen == ["started x.do", "ended CallReturned 0", "over"]


async def test_the_service_learns_who_asks_and_until_when() -> None:
    bench = Bench(good)
    await bench.outcome(replace(job("x.do", key="d9:4:2", code="7"), timeout=8.0))
    (context,) = bench.contexts
    assert (context.key, context.identity, context.channel, context.chat) == (
        "d9:4:2",
        "i1",
        "main",
        "c1",
    )
    assert (context.deadline - NOW).total_seconds() == 8.0


async def test_a_sealed_argument_is_opened_for_the_service_only() -> None:
    bench = Bench(good)
    given = replace(job("x.do", code=f"d1/{CANARY}"), sealed=("code",))
    outcome = await bench.outcome(given)
    assert isinstance(outcome, CallReturned)
    assert outcome.result["code"] == CANARY
    assert bench.journal.finished[-1][0].arguments == {"code": f"d1/{CANARY}"}


async def test_a_declared_refusal_keeps_its_name_and_text() -> None:
    async def refuse(call: CallContext, code: str) -> Answer:
        raise ServiceError("not_allowed", "Сначала погасите прошлый.")

    assert await Bench(refuse, errors=("not_allowed",)).outcome() == CallFailed(
        key="d1:1:1", name="not_allowed", text="Сначала погасите прошлый."
    )


async def test_a_refusal_of_the_back_office_passes_through_under_its_name() -> None:
    async def refuse(call: CallContext, code: str) -> Answer:
        raise Refused("no_service")

    outcome = await Bench(refuse, errors=("no_service",)).outcome()
    assert outcome == CallFailed(key="d1:1:1", name="no_service")


async def test_an_opaque_refusal_has_no_text() -> None:
    async def refuse(call: CallContext, code: str) -> Answer:
        raise Refused("wrong_code", "unknown account 77001234")

    outcome = await Bench(refuse, errors=("wrong_code",), opaque=True).outcome()
    assert outcome == CallFailed(key="d1:1:1", name="wrong_code")


class Strange(Exception):
    def __str__(self) -> str:
        return f"code {CANARY} is wrong"


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("circuit"),
        Refused("drop_table"),
        Strange(),
        KeyError(CANARY),
        RecursionError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_else_goes_wrong_is_unavailable_and_no_secret_is_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(call: CallContext, code: str) -> Answer:
        raise error

    outcome = await Bench(fail).outcome(job("x.do", code=CANARY))
    assert outcome == CallFailed(key="d1:1:1", name="unavailable")
    assert len(caplog.records) == 1
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [None, Answer(amount=Decimal("NaN")), {"amount": 1, "more": 2}, Answer(amount="x")],  # type: ignore[arg-type]  # a lie
)
async def test_a_result_of_another_shape_is_unavailable(answer: Any) -> None:
    async def lie(call: CallContext, code: str) -> Answer:
        result: Answer = answer
        return result

    assert await Bench(lie).outcome() == CallFailed(key="d1:1:1", name="unavailable")


async def test_a_result_too_large_for_a_dialog_is_unavailable() -> None:
    async def flood(call: CallContext, code: str) -> Answer:
        return Answer(amount=Decimal(1), code="x" * 20_000)

    assert await Bench(flood).outcome() == CallFailed(key="d1:1:1", name="unavailable")


@pytest.mark.parametrize("arguments", [{}, {"code": "1", "more": 2}])
async def test_arguments_the_service_does_not_have_are_unavailable(arguments: Any) -> None:
    outcome = await Bench(good).outcome(job("x.do", **arguments))
    assert outcome == CallFailed(key="d1:1:1", name="unavailable")


async def test_a_service_nobody_knows_is_unavailable() -> None:
    outcome = await Bench(good).outcome(job("x.gone", code="1"))
    assert outcome == CallFailed(key="d1:1:1", name="unavailable")


async def test_a_service_that_takes_too_long_is_a_timeout_by_name() -> None:
    async def stall(call: CallContext, code: str) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    given = replace(job("x.do", code="1"), timeout=0.01)
    assert await Bench(stall).outcome(given) == CallFailed(key="d1:1:1", name="timeout")


async def test_an_opaque_answer_takes_the_same_time_whatever_it_is() -> None:
    async def quick(call: CallContext, code: str) -> Answer:
        if code == "bad":
            raise Refused("wrong_code")
        if code == "down":
            raise Unavailable("x")
        return Answer(amount=Decimal(1))

    terms: dict[str, Any] = {"opaque": True, "at_least": 1.5, "errors": ("wrong_code",)}
    for code in ("good", "bad", "down"):
        bench = Bench(quick, **terms)
        await bench.outcome(job("x.do", code=code))
        assert bench.clock.slept == [1.5]


async def test_a_slow_opaque_answer_is_padded_to_the_next_multiple() -> None:
    async def slow(call: CallContext, code: str) -> Answer:
        await bench.clock.sleep(1.7)
        return Answer(amount=Decimal(1))

    bench = Bench(slow, opaque=True, at_least=1.5)
    await bench.outcome()
    assert (bench.clock.now - NOW).total_seconds() == pytest.approx(3.0)


def test_a_clock_that_was_set_back_costs_no_hour() -> None:
    assert padding(-3600.0, 1.5) == 1.5


def test_a_lease_outlives_the_longest_call_and_little_more() -> None:
    services = (
        Service("x.a", good, timeout=8),
        Service("x.b", good, timeout=10, at_least=1.5),
    )
    assert 19 <= lease_of(10.0, services).total_seconds() <= 25


async def test_a_scenario_may_ask_for_less_patience_than_the_service_and_not_for_more() -> None:
    bench = Bench(good, timeout=5.0)
    for asked, given_ in ((60.0, 5.0), (2.0, 2.0)):
        await bench.outcome(replace(job("x.do", code="1"), timeout=asked))
        assert (bench.contexts[-1].deadline - NOW).total_seconds() == given_


async def test_the_reason_of_a_call_with_a_secret_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(call: CallContext, code: str) -> Answer:
        raise Unavailable(f"no luck with {code}")

    await Bench(fail).outcome(replace(job("x.do", code=f"d1/{CANARY}"), sealed=("code",)))
    assert CANARY not in caplog.text
    await Bench(fail).outcome(job("x.do", code="of tariffs"))
    assert "no luck with of tariffs" in caplog.text


@given(st.floats(0, 60), st.floats(0.1, 5))
def test_padding_makes_a_multiple_and_never_less_than_one(elapsed: float, at_least: float) -> None:
    total = elapsed + padding(elapsed, at_least)
    assert total >= at_least - 1e-9
    assert total >= elapsed
    assert abs(total / at_least - round(total / at_least)) < 1e-6


@pytest.mark.parametrize(
    ("kind", "keyed", "tries", "made"),
    [
        ("read", False, 0, True),
        ("read", False, 1, True),
        ("read", False, 3, False),
        ("act", False, 0, True),
        ("act", False, 1, False),
        ("act", True, 1, True),
        ("act", True, 3, False),
        ("change", False, 1, False),
        ("change", True, 2, True),
    ],
)
def test_after_a_crash_only_what_cannot_happen_twice_is_repeated(
    kind: Any, keyed: bool, tries: int, made: bool
) -> None:
    assert may_make(Service("x.do", good, kind=kind, keyed=keyed), tries) is made


async def test_an_effect_cut_short_by_a_crash_is_not_repeated_and_the_scenario_is_told() -> None:
    bench = Bench(good, kind="change")
    bench.journal.again(job("x.do", code="1"))
    await bench.calls.step()
    await bench.calls.drain()
    assert bench.contexts == []
    assert bench.journal.finished[0][1] == CallFailed(key="d1:1:1", name="unavailable")


async def test_a_keyed_effect_is_repeated_under_the_same_key() -> None:
    bench = Bench(good, kind="change", keyed=True)
    given = job("x.do", key="d1:5:1", code="1")
    bench.journal.again(given)
    await bench.calls.step()
    await bench.calls.drain()
    assert [context.key for context in bench.contexts] == ["d1:5:1"]


async def test_an_outcome_waits_for_the_database_to_come_back() -> None:
    bench = Bench(good)
    bench.journal.failing = 3
    assert isinstance(await bench.outcome(), CallReturned)
    assert bench.clock.slept == [0.5, 1.0, 2.0]
    assert len(bench.contexts) == 1


async def test_an_outcome_that_cannot_be_written_is_left_to_the_lease() -> None:
    bench = Bench(good)
    bench.journal.failing = 100
    bench.journal.waiting.append(job("x.do", code="1"))
    await bench.calls.step()
    await bench.calls.drain()
    assert bench.journal.finished == []
    assert bench.seen == ["started x.do", "over"]


async def test_a_slow_service_holds_up_only_itself() -> None:
    gate = asyncio.Event()
    running = 0
    most = 0

    async def slow(call: CallContext, code: str) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return Answer(amount=Decimal(1))

    bench = Bench(slow)
    bench.journal.waiting = [job("x.do", key=f"d{number}:1:1", code="1") for number in range(6)]
    bench.journal.waiting.append(job("x.gone", key="d7:1:1"))
    assert await bench.calls.step() == 7
    await bench.journal.written.wait()  # only the other one can come through
    assert bench.journal.finished[0][0].key == "d7:1:1"
    gate.set()
    await bench.calls.drain()
    assert len(bench.journal.finished) == 7
    assert most == 2


async def test_nothing_waiting_is_nothing_done() -> None:
    bench = Bench(good)
    assert await bench.calls.step() == 0
    await bench.calls.drain()
