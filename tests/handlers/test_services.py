"""The provider's services, run as the product runs them, over the demo back office."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from core.backoffice.demo import DemoBackoffice
from core.scenario.services import AttemptLimits, signature
from core.updates import CallFailed, CallReturned
from handlers.calls import Calls, Company
from scenarios.services import SERVICES
from tests.fakes.calls import ListJournal, MemoryAttempts, MovingClock, job

SEEDED = Random  # a test replays from its seed
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Provider:
    """The whole company; several processes share `attempts` as they share the database."""

    def __init__(self, attempts: MemoryAttempts | None = None) -> None:
        self.clock = MovingClock(NOW)
        self.attempts = attempts or MemoryAttempts(self.clock)
        self.demo = DemoBackoffice(
            clock=self.clock, rng=SEEDED(1), new_id=lambda: "id", fixed_code="123456"
        )
        self.journal = ListJournal()
        self._keys = 0
        self.calls = Calls(
            self.journal,
            Company(services=SERVICES, backoffice=self.demo, attempts=self.attempts),
            unseal=lambda dialog, sealed: sealed,
            worker="w1",
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    async def ask(
        self, service: str, *, chat: str = "c1", **arguments: Any
    ) -> dict[str, Any] | str:
        """The result, or the name of the failure."""
        self._keys += 1
        given = job(service, key=f"d:{self._keys}:1", **arguments)
        self.journal.waiting.append(replace(given, chat=chat))
        await self.calls.step()
        await self.calls.drain()
        outcome = self.journal.finished[-1][1]
        if isinstance(outcome, CallReturned):
            return outcome.result
        assert isinstance(outcome, CallFailed)
        return outcome.name


TERMS = {
    "auth.send_code": ("act", "anonymous", True, 1.5, ("too_often",), "anonymous", ""),
    "auth.check_code": (
        "act",
        "anonymous",
        True,
        1.0,
        ("wrong_code", "too_many"),
        "verified",
        "account",
    ),
    "auth.send_phone_code": ("act", "anonymous", True, 1.5, ("too_often",), "anonymous", ""),
    "auth.find_by_phone": (
        "act",
        "anonymous",
        True,
        1.0,
        ("wrong_code", "too_many"),
        "verified",
        "result.account",
    ),
    "auth.send_reset_link": (
        "act",
        "verified",
        False,
        0.0,
        ("too_often",),
        "anonymous",
        "account",
    ),
    "billing.get_balance": ("read", "linked", False, 0.0, (), "anonymous", "account"),
    "billing.history": ("read", "linked", False, 0.0, (), "anonymous", "account"),
    "billing.promised_payment": (
        "change",
        "verified",
        False,
        0.0,
        ("not_allowed",),
        "anonymous",
        "account",
    ),
    "catalog.tariffs": ("read", "anonymous", False, 0.0, ("no_service",), "anonymous", ""),
}


def test_the_table_is_the_agreed_one() -> None:
    assert {
        service.name: (
            service.kind,
            service.level,
            service.opaque,
            service.at_least,
            service.errors,
            service.grants,
            service.subject,
        )
        for service in SERVICES
    } == TERMS
    assert {s.name: s.timeout for s in SERVICES if s.timeout != 10} == {"billing.get_balance": 8}


def test_arguments_and_results_are_the_agreed_ones() -> None:
    made = {service.name: signature(service) for service in SERVICES}
    assert made["auth.check_code"].arguments == {"account": "text", "code": "text"}
    assert made["auth.check_code"].result == {}
    assert made["auth.find_by_phone"].result == {"account": "text"}
    assert made["billing.history"].arguments == {"account": "text", "months": "number"}
    assert made["billing.history"].result == {
        "items": "list",
        "items.*": "object",
        "items.*.date": "date",
        "items.*.title": "text",
        "items.*.amount": "number",
    }
    assert set(made["billing.get_balance"].result) == {"amount", "blocked", "paid_until"}
    assert made["billing.promised_payment"].result == {"until": "date", "amount": "number"}
    tariffs = made["catalog.tariffs"].result
    assert {path for path in tariffs if "." not in path} == {
        "city_name",
        "max_speed",
        "url",
        "items",
    }
    assert {path.rpartition(".")[2] for path in tariffs if path.startswith("items.*.")} == {
        "code",
        "name",
        "speed",
        "price",
        "about",
    }


async def test_the_whole_way_from_a_code_to_a_link() -> None:
    provider = Provider()
    assert await provider.ask("auth.send_code", account="77001234") == {}
    assert await provider.ask("auth.check_code", account="77001234", code="123456") == {}
    assert await provider.ask("auth.send_reset_link", account="77001234") == {}
    assert provider.demo.links()[0].account == "77001234"


async def test_amounts_and_days_arrive_as_the_scenarios_read_them() -> None:
    provider = Provider()
    assert await provider.ask("billing.get_balance", account="77001234") == {
        "amount": -350.5,
        "blocked": True,
        "paid_until": "2026-11-01",
    }
    assert await provider.ask("billing.promised_payment", account="77001234") == {
        "until": "2026-11-25",
        "amount": 350.5,
    }
    assert await provider.ask("billing.promised_payment", account="77004321") == "not_allowed"
    history = await provider.ask("billing.history", account="77001234", months=1)
    assert history == {
        "items": [{"date": "2026-11-01", "title": "Абонентская плата", "amount": 650}]
    }


async def test_the_first_question_of_the_design_has_its_answer() -> None:
    offer = await Provider().ask("catalog.tariffs", city="spb")
    assert isinstance(offer, dict)
    assert (offer["max_speed"], offer["url"]) == (1000, "https://isp.example/spb")
    assert await Provider().ask("catalog.tariffs", city="perm") == "no_service"


async def test_a_phone_leads_to_its_account() -> None:
    provider = Provider()
    await provider.ask("auth.send_phone_code", phone="+79210005678")
    assert await provider.ask("auth.find_by_phone", phone="+79210005678", code="123456") == {
        "account": "77004321"
    }


@pytest.mark.parametrize("account", ["77001234", "99999999"])
async def test_three_codes_an_hour_for_a_chat_known_account_or_not(account: str) -> None:
    provider = Provider()
    answers = [await provider.ask("auth.send_code", account=account) for _ in range(4)]
    assert answers == [{}, {}, {}, "too_often"]
    assert await provider.ask("auth.send_phone_code", phone="+79210001234") == "too_often"
    provider.clock.now += timedelta(hours=1)
    assert await provider.ask("auth.send_code", account=account) == {}


@pytest.mark.parametrize("account", ["77001234", "99999999"])
async def test_three_codes_an_hour_for_an_account_over_all_chats(account: str) -> None:
    provider = Provider()
    answers = [
        await provider.ask("auth.send_code", account=account, chat=f"c{number}")
        for number in range(4)
    ]
    assert answers == [{}, {}, {}, "too_often"]


@pytest.mark.parametrize("account", ["77001234", "99999999"])
async def test_five_checks_an_hour_for_a_chat_and_for_an_account(account: str) -> None:
    provider = Provider()
    for _ in range(5):
        answer = await provider.ask("auth.check_code", account=account, code="000000")
        assert answer == "wrong_code"
    assert await provider.ask("auth.check_code", account=account, code="000000") == "too_many"
    elsewhere = await provider.ask("auth.check_code", account=account, code="0", chat="c2")
    assert elsewhere == "too_many"
    other = await provider.ask("auth.find_by_phone", phone="+79210001234", code="0")
    assert other == "too_many"


async def test_the_right_code_is_refused_too_once_the_tries_are_used_up() -> None:
    provider = Provider()
    await provider.ask("auth.send_code", account="77001234")
    for _ in range(5):
        await provider.ask("auth.check_code", account="77001234", code="000000")
    late = await provider.ask("auth.check_code", account="77001234", code="123456")
    assert late == "too_many"


async def test_a_restart_gives_no_new_tries() -> None:
    before = Provider()
    for _ in range(5):
        await before.ask("auth.check_code", account="77001234", code="000000")
    after = Provider(attempts=before.attempts)
    assert await after.ask("auth.check_code", account="77001234", code="0") == "too_many"


async def test_known_and_unknown_take_the_same_time() -> None:
    spent = []
    for account in ("77001234", "99999999"):
        provider = Provider()
        await provider.ask("auth.send_code", account=account)
        await provider.ask("auth.check_code", account=account, code="000000")
        spent.append(provider.clock.now - NOW)
    assert spent == [timedelta(seconds=2.5)] * 2


async def test_links_are_limited_too() -> None:
    provider = Provider()
    answers = [await provider.ask("auth.send_reset_link", account="77001234") for _ in range(4)]
    assert answers == [{}, {}, {}, "too_often"]


async def test_a_number_of_any_length_makes_a_short_key() -> None:
    provider = Provider()
    await provider.ask("auth.send_code", account="7" * 10_000)
    assert max(len(key) for key in provider.attempts.keys) < 100


async def test_limits_are_settings() -> None:
    provider = Provider()
    provider.calls.company = Company(
        services=SERVICES,
        backoffice=provider.demo,
        attempts=provider.attempts,
        limits=AttemptLimits(codes=1),
    )
    assert await provider.ask("auth.send_code", account="1") == {}
    assert await provider.ask("auth.send_code", account="1") == "too_often"
