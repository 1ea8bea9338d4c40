"""A scenario of a few steps for the tests of the checker's rules, and what is said of it."""

from core.scenario.bundle import build
from core.scenario.findings import message
from tests.core.scenario.small_bot import FILES, SERVICES

TEXTS = {"ru": {"welcome": "Пожалуйста!"}, "en": {}}
HEAD = """\
format: 1
scenario: debt
title: Долг
requires: linked
examples: [фраза 1, фраза 2, фраза 3, фраза 4, фраза 5, фраза 6, фраза 7, фраза 8]
data:
  account: {type: account, title: счёт}
  city: {type: city, title: город}
  tariff: {type: choice, title: тариф}
  sure: {type: yes_no, title: уверены}
  code: {type: digits, length: 6, secret: true, title: код}
steps:
"""
ACCOUNT = """\
  - ask: account
    id: ask_account
    text: Номер?
    wrong: Нет.
    on_fail: [{escalate: {reason: no}}]
"""
CITY = ACCOUNT.replace("account", "city")
LOOK = """\
  - call: billing.balance
    id: look
    with: {account: account}
    save: b
    errors: {any: [{done: {result: no, say: "{error.name}: {error.text|или: нет}"}}]}
"""
CITIES = "format: 1\ncities: {spb: {label: {ru: Питер}, names: [питер]}}\n"
DONE = "  - done: {result: solved}\n    id: end\n"
WHERE = """\
format: 1
scenario: where
title: Где
internal: true
data: {city: {type: city, title: город}}
steps:
"""


def found(steps: str, **files: str) -> list[tuple[str, str]]:
    """Codes and Russian sentences for a scenario of these steps."""
    own = {"cities.yaml": CITIES, "ru/debt.yaml": HEAD + steps}
    built = build({**FILES, **own, **files}, TEXTS, SERVICES)
    return [
        (finding.code, message(finding, "ru"))
        for finding in built.findings
        if finding.code not in ("W031", "W030", "W026")
    ]


def codes(steps: str, **files: str) -> list[str]:
    return [code for code, _ in found(steps, **files)]
