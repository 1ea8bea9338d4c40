"""Drivers that are not ours, and the driver that is none."""

import inspect
from decimal import Decimal

import pytest

from core.backoffice.custom import METHODS, custom_driver
from core.backoffice.none import NoBackoffice
from core.backoffice.port import Backoffice, Balance, Offer
from core.errors import ConfigError, Unavailable

HERE = __name__


class Ours(NoBackoffice):
    def __init__(self, *, url: str, token: str) -> None:
        self.url = url
        self.token = token


class Incomplete:
    def __init__(self, *, url: str, token: str) -> None:
        self.url = url


class Broken:
    def __init__(self, *, url: str, token: str) -> None:
        raise RuntimeError(f"no {token}")


def test_a_class_is_made_of_its_dotted_path() -> None:
    made = custom_driver(f"{HERE}:Ours", url="https://billing.example", token="t")
    assert type(made).__name__ == "Ours"
    assert vars(made) == {"url": "https://billing.example", "token": "t"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("json", "must look like"),
        ("json:", "must look like"),
        (":Class", "must look like"),
        ("no_such_module_here:Class", "no_such_module_here"),
        ("json:NoSuchClass", "AttributeError"),
        (f"{HERE}:Broken", "RuntimeError"),
        (f"{HERE}:Incomplete", "balance, check_code"),
    ],
)
def test_what_cannot_be_a_driver_is_told_in_one_sentence(path: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        custom_driver(path, url="", token="s3cret")
    (problem,) = caught.value.problems
    assert told in problem
    assert "s3cret" not in problem


async def test_without_a_back_office_every_call_is_unavailable() -> None:
    driver: Backoffice = NoBackoffice()
    for name in METHODS:
        method = getattr(driver, name)
        given = {
            parameter.name: 1 if parameter.name == "months" else "x"
            for parameter in inspect.signature(method).parameters.values()
        }
        with pytest.raises(Unavailable):
            await method(**given)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1000000000"])
def test_an_amount_that_is_none_cannot_be_made(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        Balance(amount=Decimal(amount), blocked=False)


@pytest.mark.parametrize(
    "url", ["http://isp.example", "https://", "javascript:alert(1)", "https:///x", "https://a b"]
)
def test_a_link_that_is_not_https_cannot_be_made(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Offer(city_name="x", max_speed=1, url=url, items=())
