"""`otklik chat --plain` as programs use it: lines in, lines out, a process of its own."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bots.telegram.conftest import TOKEN
from tests.e2e.messenger import Customer, Strict
from tests.e2e.served import Finished, Serve, command, free_port
from tests.e2e.test_serve import settings
from tests.fakes.telegram import FakeTelegram
from tests.storage.look import look_at


class Terminal:
    """Runs `otklik chat --plain` in an empty folder."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        self._cache = cache

    async def run(self, *words: str, typed: str | bytes, **settings: str) -> Finished:
        raw = typed if isinstance(typed, bytes) else typed.encode()
        given: Mapping[str, str] = settings
        return await command(
            "chat",
            "--plain",
            *words,
            cwd=self._folder,
            cache=self._cache,
            settings=given,
            stdin=raw,
        )

    async def says(self, *lines: str, **settings: str) -> list[str]:
        """What it answers to these lines; all must be well."""
        done = await self.run(typed="".join(f"{line}\n" for line in lines), **settings)
        assert (done.code, done.err) == (0, "")
        return done.out.splitlines()


@pytest.fixture
def terminal(tmp_path: Path, cache: Path) -> Terminal:
    return Terminal(tmp_path, cache)


async def test_a_password_is_reset_and_the_help_rated(terminal: Terminal) -> None:
    lines = await terminal.says(
        "Забыла пароль от личного кабинета, как мне его восстановить",
        "77001234",
        "123456",
        "/press ok",
        "5",
    )
    assert lines[-2:] == ["# rating: 5/5", "# closed: solved"]
    said = [line for line in lines if line.startswith("< ")]
    assert "номер лицевого счёта" in said[0]
    assert "  [ok] Да, получилось" in lines


@pytest.mark.parametrize(
    ("answer", "rated"),
    [("4 из 5", "4/5"), ("пять из пяти", "5/5"), ("9 из 10", "5/5"), ("5, всё супер", "5/5")],
)
async def test_a_rating_is_shown_once_however_it_is_said(
    terminal: Terminal, answer: str, rated: str
) -> None:
    lines = await terminal.says("как оплатить", "нет", answer, "быстро помогли и объяснили")
    assert [line for line in lines if line.startswith("# rating")] == [f"# rating: {rated}"]


async def test_a_question_is_answered_at_once_with_the_figure_and_a_link(
    terminal: Terminal,
) -> None:
    lines = await terminal.says("Какая максимальная скорость интернета в СПб?", "Спасибо!")
    assert lines[0].startswith("< ")
    assert "1 Гбит/с" in lines[0]
    assert "https://" in lines[0]
    assert any(line.startswith("< Оцените") for line in lines)


async def test_a_human_is_called(terminal: Terminal) -> None:
    lines = await terminal.says("позовите человека")
    assert "# escalated: customer_request -> first_line" in lines


async def test_silence_is_noticed_and_closes(terminal: Terminal) -> None:
    lines = await terminal.says("забыл пароль", "/silence 15m", "/silence 60m")
    assert lines[-2:] == ["< Вы ещё здесь?", "# closed: silence"]


async def test_the_same_person_goes_on_in_the_next_run(terminal: Terminal, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'people.db'}"

    async def run(user: str, typed: str) -> list[str]:
        done = await terminal.run("--user", user, typed=typed, DATABASE_URL=url)
        assert (done.code, done.err) == (0, "")
        return done.out.splitlines()

    await run("anna", "забыл пароль\n")
    (answer, *_) = await run("anna", "77001234\n")
    assert "код отправлен на телефон" in answer
    (stranger, *_) = await run("boris", "77001234\n")
    assert "код отправлен" not in stranger
    await run("anna", "отмена\n")
    (asked, *_) = await run("anna", "забыл пароль\n")
    assert "номер лицевого счёта" in asked  # what was told there is given up with it


async def test_silence_of_one_person_is_not_that_of_another(
    terminal: Terminal, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'people.db'}"

    async def run(user: str, typed: str) -> list[str]:
        done = await terminal.run("--user", user, typed=typed, DATABASE_URL=url)
        assert (done.code, done.err) == (0, "")
        return done.out.splitlines()

    await run("alice", "забыл пароль\n77001234\n")
    lines = await run("bob", "привет\n/silence 2h\n")
    assert [line for line in lines if line.startswith("#")] == ["# closed: silence"]
    assert not any("код" in line for line in lines)
    (answer, *_) = await run("alice", "123456\n")
    assert "пароля" in answer


async def test_customers_of_a_living_serve_are_not_served_by_a_conversation_beside_it(
    terminal: Terminal, tmp_path: Path, cache: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'people.db'}"
    async with FakeTelegram(TOKEN) as fake:
        telegram = Strict(fake, "webhook")
        given = {**settings(telegram, "webhook", free_port()), "DATABASE_URL": url}
        async with Serve(cwd=tmp_path, cache=cache, settings=given):
            customers = [Customer(telegram, chat) for chat in (41, 42)]
            for customer in customers:
                await customer.write("забыл пароль")
                await customer.hears("Напишите номер")
            typed = "привет\n/silence 2h\n"
            done = await terminal.run("--user", "bob", typed=typed, DATABASE_URL=url)
            assert done.out.splitlines()[-1] == "# closed: silence"
            assert done.out.count("# closed") == 1
            look = look_at(url)
            states = await look("SELECT state FROM dialog WHERE channel = 'main'")
            assert states == [("bot",), ("bot",)]
            assert await look("SELECT 1 FROM outbox WHERE not_before IS NOT NULL") == []
            for customer in customers:
                await customer.write("77001234")
                await customer.hears("код отправлен")


async def test_english_is_spoken_when_asked_for(terminal: Terminal) -> None:
    done = await terminal.run("--lang", "en", typed="I forgot my password\n77001234\n")
    assert done.code == 0
    assert done.out.isascii()
    assert "account number" in done.out
    by_setting = await terminal.says("I forgot my password", LANG="en")
    assert "account number" in by_setting[0]


@pytest.mark.parametrize(
    "typed",
    [
        b"\xff\xfe\xd0\n",
        "забыл\x00 пароль\u202e\u200b 🤷‍♀️\n".encode(),
        ("очень " * 3000 + "длинно\n").encode(),
        b"/press nothing\n/silence never\n/unknown\n/\n",
        "меню".encode(),  # no end of line
        b"\r\n\r\n",
    ],
    ids=["no UTF-8", "controls", "long", "commands", "cut off", "blank"],
)
async def test_nothing_typed_makes_it_fail(terminal: Terminal, typed: bytes) -> None:
    done = await terminal.run(typed=typed)
    assert (done.code, done.err) == (0, "")


async def test_broken_scenarios_are_findings_and_exit_code_1(
    terminal: Terminal, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "ru"
    broken.mkdir(parents=True)
    (broken / "bot.yaml").write_text("format: 1\nlanguages: [ru]\nstart: nowhere\n", "utf-8")
    (broken / "a.yaml").write_text("format: 1\nscenario: a\nsteps:\n  - sya: ой\n", "utf-8")
    done = await terminal.run("--scenarios", str(tmp_path / "broken"), typed="привет\n")
    assert (done.code, done.out) == (1, "")
    assert f"otklik: {tmp_path}/broken/ru/a.yaml:4:5: E002" in done.err
    assert "Traceback" not in done.err
    missing = await terminal.run("--scenarios", "nowhere", typed="")
    assert missing.code == 1
    assert missing.err == "otklik: nowhere: there is no such folder\n"
