"""A platform that lives outside `bots`, named in the settings by its dotted path: served, examined
and checked like one of ours."""

import re
from pathlib import Path

import pytest

from tests.e2e.served import Serve, command, free_port
from tests.e2e.test_scenario_folder import copied
from tests.fakes.pigeon_platform import PigeonDouble


def settings(pigeon: PigeonDouble, **more: str) -> dict[str, str]:
    """One channel of pigeon post, the demo billing, and a setting that only pigeons know."""
    port = free_port()
    own = {key.upper(): str(value) for key, value in pigeon.settings(signature="курлык").items()}
    given = {f"CHANNELS__POST__{key}": value for key, value in {**own, **more}.items()}
    here = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}
    return {**given, **here, "BACKOFFICE__DRIVER": "demo"}


async def test_a_platform_outside_is_served_like_one_of_ours(tmp_path: Path, cache: Path) -> None:
    async with PigeonDouble() as pigeon:
        given = settings(pigeon)
        async with Serve(cwd=tmp_path, cache=cache, settings=given) as house:
            await pigeon.bell.until(lambda: pigeon.webhook)
            assert pigeon.webhook == f"{house.url}/webhooks/post"
            asked = pigeon.text("anna", "Забыла пароль от личного кабинета")
            assert await pigeon.deliver(pigeon.webhook, asked, times=3) == [pigeon.answer] * 3
            (first,) = await pigeon.until(1, "anna")
            assert "номер лицевого счёта" in first.text
            assert await pigeon.deliver(pigeon.webhook, pigeon.press("anna", "oAAAAAAAAAA"))
            assert len(await pigeon.until(2, "anna")) == 2
            assert set(pigeon.signs) == {"курлык"}
            examined = await command(
                "channel", "test", "post", cwd=tmp_path, cache=cache, settings=given
            )
            assert (examined.code, examined.out) == (0, "OK post webhook=set\n")
            house.terminate()
            assert await house.ended(seconds=10) == 0
        told = house.output + examined.out + examined.err
        assert not re.search(r"canary", told, re.IGNORECASE)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"TOKEN": ""}, "channel post: `token` is needed by pigeon post"),
        ({"PLATFORM": "tests.nowhere"}, "«tests.nowhere» is no package with a module `way`"),
        ({"PLATFORM": "tests.fakes"}, "«tests.fakes» is no package with a module `way`"),
        ({"PLATFORM": "bots.desk"}, "«bots.desk» is no package with a module `way`"),
        ({"PLATFORM": "pigeon"}, "must be one of telegram, vk, viber, max, messenger, or"),
    ],
)
async def test_what_cannot_be_opened_is_told_in_a_line(
    more: dict[str, str], told: str, tmp_path: Path, cache: Path
) -> None:
    given = settings(PigeonDouble(), API_URL="http://127.0.0.1:9", **more)
    refused = await command("serve", cwd=tmp_path, cache=cache, settings=given)
    assert refused.code == 1
    (line,) = refused.err.splitlines()
    assert line.startswith("otklik: ")
    assert told in line


def replace(file: Path, what: str, by: str) -> None:
    """Changes the one place where something stands in a file."""
    text = file.read_text("utf-8")
    assert text.count(what) == 1
    file.write_text(text.replace(what, by), "utf-8")


async def test_the_checker_of_scenarios_knows_its_limits(tmp_path: Path, cache: Path) -> None:
    folder = copied(tmp_path)
    replace(folder / "ru" / "bot.yaml", "channels: [", "channels: [pigeon, ")
    replace(folder / "ru" / "main_menu.yaml", "Скорость и тарифы", "Скорость и цена тарифов")
    given = settings(PigeonDouble(), API_URL="http://127.0.0.1:9")
    checked = await command("check", str(folder), cwd=tmp_path, cache=cache, settings=given)
    assert checked.code == 0, checked.err
    warnings = [line for line in checked.out.splitlines() if ": W020" in line]
    assert any("main_menu.yaml" in line for line in warnings)
    assert all("pigeon" in line and "20" in line for line in warnings)
    unknown = await command("check", str(folder), cwd=tmp_path, cache=cache)
    assert unknown.code == 1
    assert "E002" in unknown.out
    played = await command(
        *("test", str(folder), "--channel", "pigeon", "--only", "баланс"),
        cwd=tmp_path,
        cache=cache,
        settings=given,
    )
    assert played.code == 0, played.out + played.err
