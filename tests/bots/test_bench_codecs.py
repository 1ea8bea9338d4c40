"""`otklik bench codecs`: that every platform is measured at what it does."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from bots.bench import codecs
from bots.bench.codecs import Cost
from bots.cli import arguments
from bots.commands import bench
from core.updates import CustomerMessage
from tests.bots.contract.platforms import SHIPPED


def test_every_platform_that_ships_is_measured() -> None:
    assert set(codecs.EVENTS) == set(SHIPPED)


@pytest.mark.parametrize("platform", SHIPPED)
def test_what_is_read_is_a_customers_message(platform: str) -> None:
    found: Any = codecs.reader(platform)()
    received: Iterable[Any] = getattr(found, "received", found)
    (message,) = [item.update for item in received if isinstance(item.update, CustomerMessage)]
    assert message.text.endswith("Договор 77001234.")


@pytest.mark.parametrize("platform", SHIPPED)
def test_what_is_written_is_a_menu_with_its_buttons(platform: str) -> None:
    written = json.dumps(codecs.writer(platform)(), ensure_ascii=False, default=str)
    assert "Помогу с паролем" in written
    assert all(label in written for label in ("Восстановить пароль", "Позвать оператора"))


def test_the_command_prints_a_line_a_platform(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--rounds", "2"], ["--rounds", "2", "--json"]):
        assert bench.run(arguments().parse_args(["bench", "codecs", *words])) == 0
    printed = capsys.readouterr().out
    table, _, rows = printed.partition("[\n")
    assert [line.split()[0] for line in table.splitlines()[1:]] == list(SHIPPED)
    assert all(row["parse_us"] > 0 and row["render_us"] > 0 for row in json.loads("[" + rows))


def test_what_is_over_the_aim_says_so() -> None:
    slow, quick = Cost("slow", 12.0, 200.1), Cost("quick", 200.0, 3.0)
    _, first, second = codecs.as_table([slow, quick]).splitlines()
    assert first.split() == ["slow", "12.0", "200.1", "over", "200"]
    assert second.split() == ["quick", "200.0", "3.0"]
