"""`otklik serve` over scenario folders that are missing, broken, circular or changed."""

import shutil
from pathlib import Path

import pytest

from tests.bots.telegram.conftest import TOKEN
from tests.e2e.messenger import Customer, Strict
from tests.e2e.served import ROOT, Serve, command, free_port
from tests.e2e.test_serve import settings
from tests.fakes.telegram import FakeTelegram

_CIRCLE = """format: 1
scenario: {name}
title: Круг
examples: [хожу по кругу {name}, ещё один круг {name}, снова круг {name}]
steps:
  - run: {other}
"""


def copied(folder: Path) -> Path:
    """The scenarios that ship, to be spoiled."""
    target = folder / "own"
    shutil.copytree(ROOT / "scenarios", target, ignore=shutil.ignore_patterns("*.py", "__py*"))
    return target


def spoil(folder: Path, how: str) -> None:
    """Makes a good folder bad."""
    if how == "missing":
        shutil.rmtree(folder)
    elif how == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
    elif how == "circular":
        for name, other in (("circle_a", "circle_b"), ("circle_b", "circle_a")):
            text = _CIRCLE.format(name=name, other=other)
            (folder / "ru" / f"{name}.yaml").write_text(text, "utf-8")
    elif how == "no UTF-8":
        (folder / "ru" / "bot.yaml").write_bytes(b"\xff\xfe\x00")
    else:
        (folder / "ru" / "main_menu.yaml").write_text("format: 1\nscenario: [", "utf-8")


WAYS = ("missing", "empty", "circular", "no UTF-8", "no YAML")


@pytest.mark.parametrize("how", WAYS)
async def test_without_anything_to_fall_back_on_the_start_is_refused(
    how: str, tmp_path: Path, cache: Path
) -> None:
    folder = copied(tmp_path)
    spoil(folder, how)
    given = {"SCENARIOS": str(folder), "PORT": "0"}
    refused = await command("serve", cwd=tmp_path, cache=cache, settings=given)
    assert refused.code == 1
    lines = refused.err.splitlines()
    assert lines
    assert all(line.startswith(f"otklik: {folder}") for line in lines), refused.err
    assert "Otklik works" not in refused.out


async def test_a_folder_that_broke_leaves_the_last_good_scenarios_running(
    tmp_path: Path, cache: Path
) -> None:
    folder = copied(tmp_path)
    async with FakeTelegram(TOKEN) as fake:
        telegram = Strict(fake, "webhook")
        given = {**settings(telegram, "webhook", free_port()), "SCENARIOS": str(folder)}
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            customer = Customer(telegram)
            await customer.write("забыл пароль")
            await customer.hears("Напишите номер")
            house.terminate()
            assert await house.ended() == 0
            spoil(folder, "no YAML")
            await house.start()
            assert "main_menu.yaml:2:" in house.output
            assert "the last good ones run on" in house.output
            await customer.write("77001234")
            await customer.hears("код отправлен")
            other = Customer(telegram, chat=8)
            await other.write("меню")
            await other.hears("Чем помочь")
