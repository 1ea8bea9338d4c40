"""The table of entities: what each one must find, and must not."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.scenario.model import City
from core.understanding import entities
from core.understanding.entities.plain import may_have_digit, plain

_TUESDAY = date(2026, 11, 24)
_NAMES = {
    "spb": ("санкт-петербург", "петербург", "питер", "спб", "saint petersburg"),
    "moscow": ("москва", "мск", "moscow"),
    "kazan": ("казань", "кзн", "kazan"),
    "nnov": ("нижний новгород", "нижний"),
    "rostov": ("ростов-на-дону", "ростов", "рнд"),
    "ufa": ("уфа",),
    "tver": ("тверь",),
    "perm": ("пермь",),
}
_CITIES = entities.Cities({key: City(label={}, names=names) for key, names in _NAMES.items()})

_TABLE: list[tuple[Callable[[str], Any], str, Any]] = [
    (entities.account, "7700 1234", "77001234"),
    (entities.account, "77-00-12-34", "77001234"),
    (entities.account, "мой счёт 77001234.", "77001234"),
    (entities.account, "не 77001234, а 77004321", "77004321"),
    (entities.account, "77004321, а не 77001234", "77004321"),
    (entities.account, "77001234 77004321", "77004321"),
    (entities.account, "договор 77001234, счёт № 77004321", "77004321"),
    (entities.account, "не 77001234", None),
    (entities.account, "это не № 77-00-12-34", None),
    (entities.account, "ни 77001234, ни 77004321", None),
    (entities.account, "не 77001234, а 7700432", None),
    (entities.account, "not 77001234", None),
    (entities.account, "у меня не 77001234, а 77005678", "77005678"),
    (entities.account, "нет, 77001234", "77001234"),
    (entities.account, "нет 77001234", "77001234"),
    (entities.account, "не, 77001234", "77001234"),
    (entities.account, "77001234, ой нет, 77004321", "77004321"),
    (entities.account, "77001234... no, 77004321", "77004321"),
    (entities.account, "77004321, не 77001234", "77004321"),
    (entities.account, "не — 77001234", "77001234"),
    (entities.account, "no 77001234", "77001234"),
    (entities.account, "не работает 77001234", "77001234"),
    (entities.account, "89211234567", None),
    (entities.account, "+77001234", None),
    (entities.account, "1234", None),
    (entities.account, "2026-11-25", None),
    (entities.account, "77ОО1234", "77001234"),
    (entities.account, "770012З4", "77001234"),
    (entities.account, "семьдесят семь ноль ноль двенадцать тридцать четыре", "77001234"),
    (entities.account, "семь семь ноль ноль 1234", "77001234"),
    (entities.account, "seven seven zero zero one two three four", "77001234"),
    (entities.account, "не семь семь ноль ноль один два три четыре", None),
    (entities.account, "номер один 77001234", "77001234"),
    (entities.account, "сто двадцать три", None),
    (entities.contract, "№ СПБ 12345/21", "СПБ-12345/21"),
    (entities.contract, "договор АБ-123456", "АБ-123456"),
    (entities.contract, "аб123456", "АБ-123456"),
    (entities.contract, "77001234", None),
    (entities.contract, "договор 123456", None),
    (entities.phone, "8 921 123 45 67", "+79211234567"),
    (entities.phone, "8921ООО1234", "+79210001234"),
    (
        entities.phone,
        "восемь девятьсот двадцать один ноль ноль ноль двенадцать тридцать четыре",
        "+79210001234",
    ),
    (entities.phone, "9211234567", "+79211234567"),
    (entities.phone, "+7 (921) 123-45-67", "+79211234567"),
    (entities.phone, "+8 921 123-45-67", "+79211234567"),
    (entities.phone, "+44 20 7946 0958", "+442079460958"),
    (entities.phone, "счёт 77001234 8 921 123 45 67", "+79211234567"),
    (entities.phone, "не 89211234567, а 89217654321", "+79217654321"),
    (entities.phone, "77001234", None),
    (entities.phone, "123456", None),
    (_CITIES.find, "в СПб", "spb"),
    (_CITIES.find, "питере", "spb"),
    (_CITIES.find, "Какая максимальная скорость интернета в СПб?", "spb"),
    (_CITIES.find, "нижнем новгороде", "nnov"),
    (_CITIES.find, "санк-петербург", "spb"),
    (_CITIES.find, "масква", "moscow"),
    (_CITIES.find, "из Уфы", "ufa"),
    (_CITIES.find, "ростове на дону", "rostov"),
    (_CITIES.find, "не Москва, а Казань", "kazan"),
    (_CITIES.find, "Казань, а не Москва", "kazan"),
    (_CITIES.find, "Москва, ой нет, Казань", "kazan"),
    (_CITIES.find, "moscow, no, kazan", "kazan"),
    (_CITIES.find, "v moskve", "moscow"),
    (_CITIES.find, "spb", "spb"),
    (_CITIES.find, "Лондон", None),
    (_CITIES.find, "в Париже", None),
    (_CITIES.find, "уф, устала", None),
    (_CITIES.find, "сломалась дверь", None),
    (_CITIES.find, "мне сказано подождать", None),
    (entities.speed, "1 Гбит/с", 1000),
    (entities.speed, "гигабит", 1000),
    (entities.speed, "Есть ли у вас гигабит", 1000),
    (entities.speed, "сто мегабит", 100),
    (entities.speed, "0.5 гиг", 500),
    (entities.speed, "1,5 гига", 1500),
    (entities.speed, "100мбит", 100),
    (entities.speed, "100 Mb/s", 100),
    (entities.speed, "512 кбит", 0.512),
    (entities.speed, "1.200 гбит", 1200),
    (entities.speed, "быстро", None),
    (entities.speed, "5 гигабайт", None),
    (entities.speed, "100", None),
    (entities.speed, "перешёл из мегафона", None),
    (entities.speed, "-5 мбит", None),
    (entities.speed, "−1 гигабит", None),
    (entities.speed, "минус 5 мбит", None),
    (entities.speed, "0,5.5 гбит", None),
    (entities.speed, "тариф — 100 мбит", 100),
    (entities.speed, "100-200 мбит", 200),
    (entities.speed, "Город-100 мбит", 100),
    (entities.money, "1 200,50 ₽", 1200.5),
    (entities.money, "500р", 500),
    (entities.money, "1.5 тыс", 1500),
    (entities.money, "шестьсот пятьдесят рублей", 650),
    (entities.money, "две тысячи", 2000),
    (entities.money, "5 тысяч 200 рублей", 5200),
    (entities.money, "2 т.р.", 2000),
    (entities.money, "5к", 5000),
    (entities.money, "10 руб 50 коп", 10.5),
    (entities.money, "500", 500),
    (entities.money, "5 дней", None),
    (entities.money, "счёт 77001234", None),
    (entities.money, "1.200,50 руб", 1200.5),
    (entities.money, "1,200.50 руб", 1200.5),
    (entities.money, "1.200.300,5 руб", 1200300.5),
    (entities.money, "1.200,50", 1200.5),
    (entities.money, "1.200,5 тыс", 1200500),
    (entities.money, "1.200,505 руб", None),
    (entities.money, "1.20,50 руб", None),
    (entities.money, "0.200,50 руб", None),
    (entities.money, "1 200.300,50 руб", None),
    (entities.money, "1.200 руб", 1200),
    (entities.money, "1,200 руб", 1200),
    (entities.money, "1.200", 1200),
    (entities.money, "12.500 ₽", 12500),
    (entities.money, "долг 1.001 руб 50 коп", 1001.5),
    (entities.money, "1.200.300 руб", 1200300),
    (entities.money, "1,200,300", 1200300),
    (entities.money, "1 200.300 руб", 1200300),
    (entities.money, "1.20 руб", 1.2),
    (entities.money, "1,5", 1.5),
    (entities.money, "1200.50", 1200.5),
    (entities.money, "0.500 руб", 0.5),
    (entities.money, "1200.500 руб", 1200.5),
    (entities.money, "1.250 тыс", 1250),
    (entities.money, "1,250 т.р.", 1250),
    (entities.money, "1.250к", 1250),
    (entities.money, "1.200 дней", None),
    (entities.money, "1.200,300 руб", None),
    (entities.money, "1.200.30 руб", None),
    (entities.money, "1.200.300.400.500 руб", None),
    (entities.money, "1'200 руб", None),
    (entities.money, "25.11.2026 руб", None),
    (entities.money, "-50 руб", None),
    (entities.money, "−50 ₽", None),
    (entities.money, "- 50 руб", None),
    (entities.money, "долг (-50 руб)", None),
    (entities.money, "баланс -50 руб", None),
    (entities.money, "на счёте 77001234 -350 руб", None),
    (entities.money, "минус 50 руб", None),
    (entities.money, "minus 50 rubles", None),
    (entities.money, "минус две тысячи", None),
    (entities.money, "-5к", None),
    (entities.money, "было 100 руб, стало -50 руб", None),
    (entities.money, "не -50 руб, а 60 руб", 60),
    (entities.money, "тариф — 50 руб", 50),
    (entities.money, "тариф - 50 руб", 50),
    (entities.money, "тариф—50 руб", 50),
    (entities.money, "Город-50 руб", 50),
    (entities.money, "50-100 руб", 100),
    (entities.money, "50 – 100 руб", 100),
    (entities.money, "50 -100 руб", 100),
    (entities.money, "50р.-100р.", 100),
    (entities.money, "50, 100 руб", 100),
    (entities.money, "оплатил 25.11.2026, 500 руб", 500),
    (entities.money, "+50 руб", 50),
    (entities.yes_no, "да нет наверное", False),
    (entities.yes_no, "получилось!", True),
    (entities.yes_no, "не получилось", False),
    (entities.yes_no, "не всё ещё получилось", False),
    (entities.yes_no, "не надо", False),
    (entities.yes_no, "неа", False),
    (entities.yes_no, "ага", True),
    (entities.yes_no, "Ок", True),
    (entities.yes_no, "да, конечно", True),
    (entities.yes_no, "+", True),
    (entities.yes_no, "👍🏻", True),
    (entities.yes_no, "-", False),
    (entities.yes_no, "не против", True),
    (entities.yes_no, "doesn't work", False),
    (entities.yes_no, "yes please", True),
    (entities.yes_no, "есть", True),
    (entities.yes_no, "Да, есть", True),
    (entities.yes_no, "есть проблема", None),
    (entities.yes_no, "нет, есть вопрос", False),
    (entities.yes_no, "I have", True),
    (entities.yes_no, "не знаю", None),
    (entities.yes_no, "точно не знаю", None),
    (entities.yes_no, "I'm not sure", None),
    (entities.yes_no, "а можно позже?", None),
    (entities.yes_no, "фиолетовый", None),
    (entities.yes_no, "", None),
    (entities.name, "меня зовут иван петров, мой счёт 77001234", "Иван Петров"),
    (entities.name, "Иван Петров", "Иван Петров"),
    (entities.name, "Иванов Иван Иванович", "Иванов Иван Иванович"),
    (entities.name, "Анна-Мария", "Анна-Мария"),
    (entities.name, "иван", "Иван"),
    (entities.name, "my name is John Smith", "John Smith"),
    (entities.name, "не знаю", None),
    (entities.name, "Зачем вам", None),
    (entities.name, "77001234", None),
    (entities.email, "пишите на A.b@c.ru.", "a.b@c.ru"),
    (entities.email, "почта: ivan@example.com, спасибо", "ivan@example.com"),
    (entities.email, "иван@почта.рф", "иван@почта.рф"),
    (entities.email, "a@b", None),
    (entities.email, "@ivan", None),
]


@pytest.mark.parametrize(
    ("find", "text", "value"), _TABLE, ids=[f"{f.__name__}: {t}" for f, t, _ in _TABLE]
)
def test_an_entity_is_found_as_the_table_says(
    find: Callable[[str], Any], text: str, value: object
) -> None:
    assert find(text) == value


@pytest.mark.parametrize(
    ("text", "length", "value"),
    [
        ("12 34 56", 6, "123456"),
        ("код: 123-456", 6, "123456"),
        ("код 123456, звоню с 89211234567", 6, "123456"),
        ("12345", 6, None),
        ("показания 01234", None, "01234"),
        ("12З456", 6, "123456"),
        ("сто двадцать три четыреста пятьдесят шесть", 6, "123456"),
        ("один два три, четыре пять шесть", 6, "123456"),
        ("двенадцать", None, None),
    ],
)
def test_digits_have_the_asked_length(text: str, length: int | None, value: str | None) -> None:
    assert entities.digits(text, length) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("сегодня", "2026-11-24"),
        ("давайте завтра", "2026-11-25"),
        ("25 ноября", "2026-11-25"),
        ("25-го ноября", "2026-11-25"),
        ("двадцать пятого ноября", "2026-11-25"),
        ("1 декабря 2027 года", "2027-12-01"),
        ("до пятницы", "2026-11-27"),
        ("во вторник", "2026-12-01"),
        ("25.11", "2026-11-25"),
        ("25.11.2027", "2027-11-25"),
        ("25/11/27", "2027-11-25"),
        ("2026-12-01", "2026-12-01"),
        ("через 3 дня", "2026-11-27"),
        ("через неделю", "2026-12-01"),
        ("25 числа", "2026-11-25"),
        ("оплатил 20 ноября", "2026-11-20"),
        ("до 20 ноября", "2027-11-20"),
        ("10 января", "2027-01-10"),
        ("November 25", "2026-11-25"),
        ("by Friday", "2026-11-27"),
        ("29 февраля", "2028-02-29"),
        ("32 мая", None),
        ("30.02", None),
        ("1.5 тыс", None),
        ("100 мбит", None),
        ("май", None),
    ],
)
def test_a_day_is_counted_from_today(text: str, day: str | None) -> None:
    assert entities.day(text, _TUESDAY) == day


def test_friday_said_on_a_friday_is_the_next_one() -> None:
    assert entities.day("в пятницу", date(2026, 11, 27)) == "2026-12-04"


@pytest.mark.parametrize("length", [None, 1, 6, 8, 12])
@pytest.mark.parametrize("text", ["7", "123456", "77001234", "0" * 12, "9" * 10_001])
def test_a_bare_number_is_read_as_among_words(text: str, length: int | None) -> None:
    assert entities.digits(text, length) == entities.digits(f"{text} .", length)
    assert entities.account(text, length or 8) == entities.account(f"{text} .", length or 8)


def test_no_letter_that_is_passed_over_unfolds_to_a_digit() -> None:
    over = [sign for sign in map(chr, range(0x110000)) if not may_have_digit(sign)]
    assert len(over) > 1000
    assert not re.search("[0-9]", plain("".join(over)))
    assert not any(sign.isdigit() for sign in over)
