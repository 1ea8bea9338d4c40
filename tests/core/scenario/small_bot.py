"""A small bot that is right: what the tests of the checker and of bundles start from."""

from core.scenario.model import Signature

BOT = """\
format: 1
languages: [ru, en]
timezone: Europe/Moscow
start: menu
channels: [tiny]
links: {pay: https://isp.example/pay}
more: {ask: Ещё?, yes: Да, no: Нет, bye: Пока}
access: {by: confirm}
texts: {welcome: Рады помочь}
"""
MENU = """\
format: 1
scenario: menu
title: Меню
examples: [раз, два, три, четыре, пять, шесть, семь, восемь]
steps:
  - choose: Чем помочь?
    id: menu
    buttons:
      - {key: debt, label: Долг, run: debt}
  - return: {}
"""
DEBT = """\
format: 1
scenario: debt
title: Долг
requires: verified
examples: [долг один, долг два, долг три, долг 4, долг пять, долг шесть, долг семь, долг восемь]
data:
  account: {type: account, title: счёт}
steps:
  - ask: account
    id: ask_account
    text: Номер?
    wrong: Восемь цифр.
    on_fail:
      - escalate: {reason: not_identified}
  - call: billing.balance
    id: look
    with: {account: account}
    save: b
    errors:
      closed:
        - done: {result: closed, say: Закрыт}
  - done: {result: solved, say: "Долг {b.amount|abs|money}"}
    id: told
"""
CONFIRM = """\
format: 1
scenario: confirm
title: Код
internal: true
data:
  account: {type: account, title: счёт}
  code: {type: digits, length: 6, secret: true, title: код}
steps:
  - ask: code
    id: ask_code
    text: Код?
    wrong: Шесть цифр.
    on_fail:
      - escalate: {reason: code_failed}
  - call: auth.check
    id: check
    with: {account: account, code: code}
    errors:
      any:
        - go: ask_code
  - return: {}
"""
EN = """\
format: 1
translates: menu
language: en
texts:
  title: {from: "122f7176", text: Menu}
  menu.choose: {from: "489aa65e", text: How can I help?}
  menu.buttons.debt: {from: "d63b11ae", text: Debt}
"""
FILES = {
    "ru/bot.yaml": BOT,
    "ru/menu.yaml": MENU,
    "ru/debt.yaml": DEBT,
    "ru/confirm.yaml": CONFIRM,
    "i18n/en/menu.yaml": EN,
}
SERVICES = (
    Signature(
        name="billing.balance",
        level="linked",
        subject="account",
        arguments={"account": "text", "months": "number?"},
        errors=("closed",),
        result={
            "amount": "number",
            "until": "date?",
            "title": "text",
            "items": "list",
            "items.*": "object",
            "items.*.name": "text",
        },
    ),
    Signature(
        name="billing.pay",
        kind="change",
        arguments={"account": "text"},
        result={"until": "date"},
    ),
    Signature(
        name="auth.check",
        kind="act",
        opaque=True,
        grants="verified",
        subject="account",
        arguments={"account": "text", "code": "text"},
        errors=("wrong_code",),
    ),
)
