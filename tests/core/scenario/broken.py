"""What makes the small bot wrong: the table behind the checker's tests.

`§` stands before the place a finding must name; it is taken out before the file is checked.
"""

from typing import NamedTuple

from tests.core.scenario.small_bot import BOT, CONFIRM, DEBT, EN, MENU


class Broken(NamedTuple):
    """One file in place of the right one. code: expected at the mark. hint: part of the Russian
    hint, empty when there must be none."""

    code: str
    file: str
    text: str
    hint: str = ""


def _with(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def _debt(steps: str, head: str = "") -> str:
    """A scenario of its own with these steps; `data` has one slot of most types."""
    return f"""\
format: 1
scenario: debt
title: Долг
{head}examples: [один, два три, три раза, четыре, пять раз, шесть раз, семь раз, восемь раз]
data:
  account: {{type: account, title: счёт}}
  city: {{type: city, title: город}}
  tariff: {{type: choice, title: тариф}}
  code: {{type: digits, length: 6, secret: true, title: код}}
  sum: {{type: money, title: сумма}}
steps:
{steps}"""


_LOOK = """\
  - ask: account
    id: ask_account
    text: Номер?
    wrong: Нет.
    on_fail:
      - escalate: {reason: no}
  - call: billing.balance
    id: look
    with: {account: account}
    save: b
    errors: {any: [{done: {result: no}}]}
"""
_DONE = "  - done: {result: solved}\n"
_NEEDS = "requires: linked\n"

BROKEN = (
    Broken("E001", "ru/menu.yaml", _with(MENU, "Чем помочь?", "Чем помочь§: мы тут: вот")),
    Broken("E001", "ru/menu.yaml", _with(MENU, "Чем помочь?", "§«Чем: помочь").replace("«", '"')),
    Broken("E001", "ru/menu.yaml", _with(MENU, "title: Меню", "title: Меню\n§title: Опять")),
    Broken("E001", "ru/menu.yaml", _with(MENU, "title: Меню", "title: §@Меню")),
    Broken("E001", "ru/menu.yaml", _with(MENU, "title: Меню", "title: §{lang} меню")),
    Broken("E001", "ru/menu.yaml", _with(MENU, "    id: menu", "§\tid: menu")),
    Broken("E001", "ru/menu.yaml", _with(MENU, "[раз", "§[раз").replace("]", "", 1)),
    Broken("E001", "ru/menu.yaml", _with(MENU, "    id: menu\n", "   §id: menu\n")),
    Broken("E002", "ru/menu.yaml", _with(MENU, "title: Меню\n", "").replace("format", "§format")),
    Broken("E002", "ru/menu.yaml", _with(MENU, "title: Меню", "title: Меню\n§titel: x"), "title"),
    Broken("E002", "ru/menu.yaml", _with(MENU, "title: Меню", "§title: 77001234")),
    Broken("E002", "ru/menu.yaml", _with(MENU, "title: Меню", "§title: {lang}")),
    Broken("E002", "ru/menu.yaml", _with(MENU, "- choose", "- §say: Привет\n    choose")),
    Broken("E002", "ru/menu.yaml", _with(MENU, "label: Долг", "§lable: Долг"), "label"),
    Broken("E002", "ru/menu.yaml", _with(MENU, "id: menu", "§id: Меню")),
    Broken("E002", "ru/debt.yaml", _with(DEBT, "requires: verified", "§requires: verifyed"), "ver"),
    Broken("E002", "ru/debt.yaml", _with(DEBT, "text: Номер?", "text: Номер?\n    §tries: 9")),
    Broken("E002", "ru/debt.yaml", _with(DEBT, "save: b", "save: b\n    §timeout: 8 секунд")),
    Broken(
        "E002",
        "ru/debt.yaml",
        _with(DEBT, "  - ask: account", "  - §ask: account").replace(
            "    wrong: Восемь цифр.\n", ""
        ),
    ),
    Broken(
        "E002",
        "ru/bot.yaml",
        _with(BOT, "Europe/Moscow", "Европа/Москва").replace("timezone", "§timezone"),
    ),
    Broken("E002", "ru/bot.yaml", _with(BOT, "welcome", "§wellcome"), "welcome"),
    Broken("E002", "ru/bot.yaml", _with(BOT, "[tiny]", "[§tini]"), "tiny"),
    Broken("E002", "ru/bot.yaml", _with(BOT, "pay: https", "§pay: http")),
    Broken("E003", "ru/menu.yaml", _with(MENU, "scenario: menu", "§scenario: main")),
    Broken("E003", "i18n/en/menu.yaml", _with(EN, "language: en", "§language: de")),
    Broken("E004", "ru/menu.yaml", _with(MENU, "title: Меню", "title: §&x Меню")),
    Broken("E004", "ru/menu.yaml", _with(MENU, "title: Меню", "x: " + "[" * 19 + "§[")),
    Broken("E010", "ru/menu.yaml", _with(MENU, "return: {}", "return: {}\n    §id: menu")),
    Broken(
        "E010",
        "ru/menu.yaml",
        _with(MENU, "run: debt}", "run: debt}\n      - {§key: debt, label: Опять, run: debt}"),
    ),
    Broken("E010", "ru/debt.yaml", _debt(_LOOK.replace("save: b", "§save: city") + _DONE, _NEEDS)),
    Broken("E010", "ru/debt.yaml", _with(DEBT, "data:", "data:\n  §level: {type: text, title: э}")),
    Broken(
        "E011",
        "ru/debt.yaml",
        _debt(
            "  - choose: А?\n    id: pick\n    buttons:\n      - {key: a, label: А, §go: finihs}\n"
            "  - done: {result: x}\n    id: finish\n"
        ),
        "finish",
    ),
    Broken("E011", "ru/debt.yaml", _debt(_LOOK + "  - §go: ask_acount\n", _NEEDS), "ask_account"),
    Broken(
        "E012",
        "ru/menu.yaml",
        _with(MENU, "- {key", "- §{key").replace("run: debt", "run: debt, go: menu"),
    ),
    Broken(
        "E012",
        "ru/menu.yaml",
        _with(
            MENU,
            "run: debt}",
            "run: debt, closes: true}\n      - {key: b, label: Б, run: debt, §closes: true}",
        ),
    ),
    Broken("E013", "ru/menu.yaml", _with(MENU, "run: debt", "§run: dept"), "debt"),
    Broken(
        "E013", "ru/bot.yaml", _with(BOT, "start", "§start").replace("start: menu", "start: me")
    ),
    Broken(
        "E013", "i18n/en/menus.yaml", _with(EN, "translates: menu", "§translates: menus"), "menu"
    ),
    Broken("E014", "ru/debt.yaml", _with(DEBT, "ask: account", "§ask: acount"), "account"),
    Broken(
        "E014",
        "ru/debt.yaml",
        _debt(_LOOK + '  - §say: "{b.amuont|money}"\n' + _DONE, _NEEDS),
        "b.amount",
    ),
    Broken(
        "E014",
        "ru/debt.yaml",
        _debt(
            "  - §ask: tariff\n    id: t\n    text: А?\n    wrong: Б.\n    on_fail: []\n" + _DONE
        ),
    ),
    Broken(
        "E014",
        "ru/debt.yaml",
        _debt(
            _LOOK + "  - ask: tariff\n    id: t\n    text: А?\n    wrong: Б.\n    on_fail: []\n"
            '    options_from: {of: b.items, §key: nmae, label: "{item.name}"}\n' + _DONE,
            _NEEDS,
        ),
        "name",
    ),
    Broken("E014", "ru/debt.yaml", _debt("  - set: {§citty: null}\n" + _DONE), "city"),
    Broken("E014", "ru/debt.yaml", _debt("  - run: confirm\n    save: {§city: account}\n" + _DONE)),
    Broken("E015", "ru/debt.yaml", _debt("  - §if: f(city)\n    then: []\n" + _DONE)),
    Broken("E015", "ru/debt.yaml", _debt("  - §if: city = 1\n    then: []\n" + _DONE)),
    Broken(
        "E015",
        "ru/debt.yaml",
        _with(DEBT, 'say: "Долг {b.amount|abs|money}', '§say: "Долг {b.amount|abs|mony}'),
        "money",
    ),
    Broken("E015", "ru/debt.yaml", _debt('  - §say: "Долг {city"\n' + _DONE)),
    Broken("E016", "ru/debt.yaml", _debt('  - §say: "Город {city}"\n' + _DONE)),
    Broken("E016", "ru/debt.yaml", _debt("  - §if: city == 'spb'\n    then: []\n" + _DONE)),
    Broken(
        "E016",
        "ru/debt.yaml",
        _debt(
            "  - call: billing.balance\n    id: look\n    with: {§account: account}\n"
            "    errors: {any: []}\n" + _DONE,
            _NEEDS,
        ),
    ),
    Broken(
        "E017",
        "ru/debt.yaml",
        _with(DEBT, "call: billing.balance", "§call: billing.balanse"),
        "billing.balance",
    ),
    Broken(
        "E017",
        "ru/debt.yaml",
        _with(DEBT, "{account: account}", "{account: account, §month: 1}"),
        "months",
    ),
    Broken("E017", "ru/debt.yaml", _with(DEBT, "      closed:", "      §close:"), "closed"),
    Broken(
        "E017",
        "ru/debt.yaml",
        _with(DEBT, "    with: {account: account}\n", "").replace("call:", "§call:"),
    ),
    Broken(
        "E017",
        "ru/debt.yaml",
        DEBT + "tests:\n  - name: т\n    services: {§billing.balanse: {}}\n    talk: [{user: а}]\n",
        "billing.balance",
    ),
    Broken(
        "E018",
        "ru/debt.yaml",
        _debt(_LOOK + "  - §if: b.amount == '5'\n    then: []\n" + _DONE, _NEEDS),
    ),
    Broken("E018", "ru/debt.yaml", _debt(_LOOK + '  - §say: "{b.title|money}"\n' + _DONE, _NEEDS)),
    Broken(
        "E018",
        "ru/debt.yaml",
        _with(DEBT, "{account: account}", "{account: account, §months: account}"),
    ),
    Broken(
        "E018",
        "ru/debt.yaml",
        DEBT + "tests:\n  - name: т\n    services: {§billing.balance: "
        "{amount: много}}\n    talk: [{user: а}]\n",
    ),
    Broken(
        "E019", "ru/debt.yaml", _with(DEBT, "requires: verified\n", "").replace("call:", "§call:")
    ),
    Broken("E022", "ru/debt.yaml", _debt("  - §say: Привет\n")),
    Broken(
        "E022",
        "ru/debt.yaml",
        _debt(
            "  - choose: А\n    id: pick\n    buttons:\n      - §{key: a, label: А, run: confirm}\n"
        ),
    ),
    Broken(
        "E023", "ru/debt.yaml", _debt("  - say: Раз\n    id: one\n  - say: Два\n  - §go: one\n")
    ),
    Broken(
        "E024",
        "ru/debt.yaml",
        _debt(
            _LOOK + "  - §call: billing.pay\n    id: pay\n    with: {account: account}\n" + _DONE,
            _NEEDS,
        ),
    ),
    Broken("E025", "ru/debt.yaml", _debt("  - §run: menu\n" + _DONE)),
    Broken(
        "E026",
        "ru/debt.yaml",
        _with(DEBT, "  account: {type: account,", "  §account: {type: contract,"),
    ),
    Broken(
        "E028",
        "ru/debt.yaml",
        _debt(
            "  - ask: code\n    id: c\n    text: К?\n    wrong: Н.\n    on_fail: []\n"
            '  - §say: "{code}"\n' + _DONE
        ),
    ),
    Broken(
        "E028",
        "ru/debt.yaml",
        _debt(
            "  - ask: code\n    id: c\n    text: К?\n    wrong: Н.\n    on_fail: []\n"
            "  - return: {§code: code}\n"
        ),
    ),
    Broken(
        "E028", "ru/confirm.yaml", _with(CONFIRM, "secret: true", "secret: true, §remember: 30d")
    ),
    Broken(
        "E028",
        "ru/debt.yaml",
        DEBT + "tests:\n  - name: т\n    talk: [{user: а}]\n    expect: {data: {§code: '1'}}\n",
    ),
    Broken(
        "E029",
        "ru/menu.yaml",
        _with(MENU, "  - choose", "  - say: Вот\n    §image: no.png\n  - choose"),
    ),
    Broken(
        "E029",
        "ru/menu.yaml",
        _with(MENU, "  - choose", "  - say: Вот\n    §image: text.png\n  - choose"),
    ),
    Broken("W020", "ru/menu.yaml", _with(MENU, "label: Долг", "§label: Долг за прошлый месяц")),
    Broken(
        "W020",
        "ru/menu.yaml",
        _with(MENU, "    buttons", "    §buttons").replace(
            "run: debt}",
            "run: debt}"
            + "".join(f"\n      - {{key: b{i}, label: Б{i}, run: debt}}" for i in range(4)),
        ),
    ),
    Broken("W021", "ru/debt.yaml", _debt("  - done: {result: x}\n  - §say: Никому\n" + _DONE)),
    Broken(
        "W024",
        "ru/menu.yaml",
        _with(MENU, "examples: [раз, два,", "§examples: [раз]\nnot_examples: [два,"),
    ),
    Broken("W025", "ru/menu.yaml", _with(MENU, "восемь]", "восемь, §Долг один!]")),
    Broken(
        "W026",
        "i18n/en/menu.yaml",
        _with(EN, "texts:", "§texts:").replace('  title: {from: "122f7176", text: Menu}\n', ""),
    ),
    Broken(
        "W026",
        "i18n/en/menu.yaml",
        _with(EN, '  title: {from: "122f', '  §title: {from: "0000'),
        "122f7176",
    ),
    Broken("W026", "i18n/en/menu.yaml", EN + '  §menu.text: {from: "00000000", text: x}\n', "menu"),
    Broken(
        "W026",
        "i18n/en/menu.yaml",
        _with(EN, "  menu.choose", "  §menu.choose").replace(
            "How can I help?", "'How can {city} help?'"
        ),
    ),
    Broken("W026", "ru/menu.yaml", _with(MENU, "  - choose", "  - §say: Без имени\n  - choose")),
    Broken("W029", "ru/menu.yaml", _with(MENU, "choose: Чем помочь?", "§choose: " + "Ы" * 300)),
    Broken(
        "W030",
        "ru/debt.yaml",
        _with(
            DEBT, "    errors:\n      closed:\n        - done: {result: closed, say: Закрыт}\n", ""
        ).replace("call:", "§call:"),
    ),
    Broken("W031", "ru/menu.yaml", _with(MENU, "title: Меню", "title: Меню\n§requires: linked")),
    Broken(
        "W032",
        "ru/menu.yaml",
        _with(MENU, "    buttons", "    §buttons").replace(
            "run: debt}", "run: debt, show_if: desk_open}"
        ),
    ),
    Broken("W033", "drafts/menu.yaml", "§" + MENU),
)
