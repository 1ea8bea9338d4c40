"""`otklik serve` as people run it: a real process and file, two doubles of Telegram."""

import re
import socket
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.bots.telegram.conftest import SECRET, TOKEN
from tests.e2e.messenger import Customer, Messenger, Strict, messenger
from tests.e2e.served import Serve, command, free_port
from tests.fakes import faults
from tests.fakes import telegram as double
from tests.fakes.telegram import FakeTelegram
from tests.storage.conftest import empty_database

CODE = re.compile(r"demo: code (\d{6}) sent to")


def has_ipv6() -> bool:
    """Whether this machine finds itself by IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def settings(telegram: Messenger, mode: str, port: int) -> dict[str, str]:
    """One Telegram channel, the demo billing, everything else by default."""
    return {
        "CHANNELS__MAIN__PLATFORM": "telegram",
        "CHANNELS__MAIN__TOKEN": TOKEN,
        "CHANNELS__MAIN__SECRET": SECRET,
        "CHANNELS__MAIN__MODE": mode,
        "CHANNELS__MAIN__API_URL": telegram.api_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "BACKOFFICE__DRIVER": "demo",
    }


async def reset(customer: Customer, house: Serve) -> None:
    """The whole way from the question to the thanks for the rating."""
    await customer.write("Забыла пароль от личного кабинета, как мне его восстановить")
    await customer.hears("Напишите номер лицевого счёта")
    codes = len(CODE.findall(house.output))
    await customer.write("77001234")
    await customer.hears("код отправлен на телефон")
    await house.bell.until(lambda: len(CODE.findall(house.output)) > codes)
    await customer.write(CODE.findall(house.output)[-1])
    await customer.hears("Ссылка для нового пароля")
    await customer.press("Да, получилось")
    await customer.hears("никому не сообщайте")
    await customer.hears("Оцените")
    await customer.press("5")
    await customer.hears("Спасибо за оценку")


@pytest.mark.parametrize(
    ("kind", "mode"), [("strict", "webhook"), ("foreign", "webhook"), ("foreign", "polling")]
)
async def test_a_whole_dialog_from_the_first_word_to_the_rating(
    kind: str, mode: str, tmp_path: Path, cache: Path
) -> None:
    async with messenger(kind, mode) as telegram:
        port = free_port()
        given = settings(telegram, mode, port)
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            await reset(Customer(telegram), house)
            await _is_healthy(house.url)
            house.terminate()
            assert await house.ended(seconds=10) == 0
        no_secret_in(house.output)


async def _is_healthy(url: str) -> None:
    async with ClientSession(url) as client:
        for path, part in (
            ("/healthz", "ok"),
            ("/readyz", '"status": "ok"'),
            ("/metrics", 'otklik_deliveries_total{channel="main",state="sent"} '),
        ):
            async with client.get(path) as answer:
                assert answer.status == 200
                assert part in await answer.text()


def no_secret_in(output: str) -> None:
    assert "CANARY" not in output
    assert SECRET not in output
    assert "Traceback" not in output


async def test_faults_of_the_platform_cost_time_and_nothing_else(
    tmp_path: Path, cache: Path
) -> None:
    async with FakeTelegram(TOKEN) as fake:
        telegram = Strict(fake, "webhook")
        given = settings(telegram, "webhook", free_port())
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            customer = Customer(telegram)
            flood = double.error(429, "Too Many Requests: retry after 1", retry_after=1)
            for fault, text, answer in (
                (flood, "забыл пароль", "Напишите номер"),
                (faults.PAGE, "меню", "Чем помочь"),
            ):
                fake.fail(_only_sends(fault))
                await customer.write(text)
                await customer.hears(answer)
            fake.fail(_only_sends(faults.DROP))
            await customer.write("меню")
            await customer.hears("Чем помочь")  # taken, but the answer was lost
            await customer.hears("Чем помочь")  # so it is sent once more
            await customer.write("позовите человека")
            await customer.hears("Передаю оператору")
        no_secret_in(house.output)


def _only_sends(fault: faults.Fault) -> faults.Fault:
    return fault._replace(only="sendMessage")


async def test_kill_in_the_middle_of_a_crowd_loses_nothing_and_keeps_the_order(
    tmp_path: Path, cache: Path
) -> None:
    words = ("забыл пароль", "меню", "как оплатить интернет", "позовите человека")
    async with FakeTelegram(TOKEN) as fake:
        telegram = Strict(fake, "polling")
        crowd = [Customer(telegram, chat) for chat in range(1, 13)]
        updates = [customer.said(text) for text in words for customer in crowd]
        given = settings(telegram, "polling", free_port())
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            await fake.push(*updates)
            for sent in (5, 25):
                await telegram.bell.until(partial(_has_said, telegram, sent))
                house.kill()
                await house.ended()
                await house.start()
            ends = "Передаю оператору"
            await telegram.bell.until(
                lambda: all(any(ends in one.text for one in c.own()) for c in crowd)
            )
        for customer in crowd:
            texts = [one.text for one in customer.own()]
            assert len(set(texts)) == len(words), texts
            assert list(dict.fromkeys(texts)) == [
                next(t for t in texts if part in t)
                for part in ("номер лицевого счёта", "Чем помочь", "плат", ends)
            ]


def _has_said(telegram: Messenger, times: int) -> bool:
    return len(telegram.heard()) >= times


async def test_a_second_serve_on_the_same_file_is_refused(tmp_path: Path, cache: Path) -> None:
    given = {"PORT": "0"}
    async with Serve(cwd=tmp_path, cache=cache, settings=given):
        second = await command("serve", cwd=tmp_path, cache=cache, settings=given)
    assert second.code == 1
    assert second.err.splitlines() == [
        "otklik: another `otklik serve` already works on otklik.db: stop it, or give this one"
        " its own"
    ]


async def test_wrong_settings_are_listed_all_at_once(tmp_path: Path, cache: Path) -> None:
    given: Mapping[str, str] = {
        "PORT": "eighty",
        "DATABSE_URL": "sqlite:///x.db",
        "RATING__WINDOW": "soon",
        "CHANNELS__MAIN__PLATFORM": "telegram",
        "CHANNELS__MAIN__TOKEN": "CANARY with spaces",
    }
    refused = await command("serve", cwd=tmp_path, cache=cache, settings=given)
    assert refused.code == 1
    told = refused.err.splitlines()
    assert all(line.startswith("otklik: ") for line in told)
    for name in ("OTKLIK_PORT", "OTKLIK_RATING__WINDOW", "OTKLIK_CHANNELS__MAIN__TOKEN"):
        assert sum(name in line for line in told) == 1, refused.err
    (hint,) = [line for line in told if "OTKLIK_DATABSE_URL" in line]
    assert "OTKLIK_DATABASE_URL" in hint
    assert "CANARY" not in refused.err
    assert not (tmp_path / "otklik.db").exists()


@pytest.mark.parametrize(("host", "name"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])  # noqa: S104  of all addresses only these are asked
async def test_whoever_runs_it_may_sign_in_wherever_it_listens(
    host: str, name: str, tmp_path: Path, cache: Path
) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    body = {"login": "nobody", "password": "wrong"}
    async with Serve(cwd=tmp_path, cache=cache, settings={"HOST": host, "PORT": "0"}) as house:
        assert house.url.startswith(f"http://{name}:")
        assert f"{house.url}/desk/#setup=" in house.output
        async with ClientSession() as client:
            for own in (house.url, house.url.replace(name, "localhost")):
                headers = {"Origin": own, "Host": own.removeprefix("http://"), "X-Otklik": "1"}
                at = f"{house.url}/api/v1/login"
                async with client.post(at, json=body, headers=headers) as answer:
                    assert answer.status == 401
        house.terminate()
        assert await house.ended() == 0
    assert house.output.count("OTKLIK_PUBLIC_URL is not set") == (host != "::1")


async def test_a_port_in_use_is_one_sentence(tmp_path: Path, cache: Path) -> None:
    async with FakeTelegram(TOKEN) as other:
        port = other.api_url.rpartition(":")[2]
        refused = await command("serve", cwd=tmp_path, cache=cache, settings={"PORT": port})
    assert refused.code == 1
    (line,) = refused.err.splitlines()
    assert line.startswith(
        f"otklik: cannot listen on 127.0.0.1 port {port}: Address already in use"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b"])
@pytest.mark.parametrize("port", ["0", "8499"])
async def test_a_host_that_is_not_ours_is_one_sentence(
    host: str, port: str, tmp_path: Path, cache: Path
) -> None:
    given = {"PORT": port, "HOST": host}
    refused = await command("serve", cwd=tmp_path, cache=cache, settings=given)
    assert refused.code == 1
    (line,) = refused.err.splitlines()
    assert line.startswith(f"otklik: cannot listen on {host} port {port}: ")
    assert "Unknown error" not in line


async def test_a_message_on_its_way_is_finished_before_the_process_ends(
    tmp_path: Path, cache: Path
) -> None:
    async with FakeTelegram(TOKEN) as fake:
        telegram = Strict(fake, "polling")
        given = settings(telegram, "polling", free_port())
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            customer = Customer(telegram)
            fake.fail(_only_sends(faults.SLOW))
            await customer.write("забыл пароль")
            await customer.hears("Напишите номер")  # taken, and not yet confirmed
            house.terminate()
            await house.bell.until(lambda: "stopping" in house.output)
            fake.release.set()
            assert await house.ended(seconds=10) == 0
            await house.start()
            await customer.write("77001234")
            await customer.hears("код отправлен")  # so the first message did not come again
        no_secret_in(house.output)


async def test_a_refused_token_stops_nobody_else_and_is_told_without_it(
    tmp_path: Path, cache: Path
) -> None:
    async with FakeTelegram(TOKEN) as fake, FakeTelegram(f"{TOKEN}-old") as other:
        telegram = Strict(fake, "webhook")
        given = {
            **settings(telegram, "webhook", free_port()),
            "CHANNELS__OLD__PLATFORM": "telegram",
            "CHANNELS__OLD__TOKEN": TOKEN,
            "CHANNELS__OLD__MODE": "polling",
            "CHANNELS__OLD__API_URL": other.api_url,
        }
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            await house.bell.until(lambda: "channel old" in house.output)
            customer = Customer(telegram)
            await customer.write("меню")
            await customer.hears("Чем помочь")
            house.terminate()
            assert await house.ended(seconds=10) == 0
        no_secret_in(house.output)


@pytest.mark.postgres
async def test_a_whole_dialog_on_postgresql(
    tmp_path: Path, cache: Path, postgres_server: str
) -> None:
    await empty_database(postgres_server)
    async with messenger("strict", "webhook") as telegram:
        given = {
            **settings(telegram, "webhook", free_port()),
            "DATABASE_URL": postgres_server.replace("postgresql://", "postgresql+asyncpg://"),
            "SECRET_KEY": "k" * 40,
        }
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            await reset(Customer(telegram), house)
            await _is_healthy(house.url)
            house.terminate()
            assert await house.ended(seconds=10) == 0
        no_secret_in(house.output)
