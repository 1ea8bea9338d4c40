"""Bots that nobody wrote: random sets of scenario files, the same for the same seed.

Every verb, field and kind of value comes up. Most sets are right; `made_up` returns the first that
the checker accepts, so that what it lets through is what the interpreter has to run.
"""

import json
import random
from collections.abc import Mapping

from core.scenario.bundle import Built, build
from core.scenario.faces import mark, texts_of
from tests.fakes.made_up_words import (
    CALLED,
    CITIES,
    CONDITIONS,
    CONSTANTS,
    FILTERS,
    LABELS,
    LEAVES,
    ROUBLES,
    SERVICES,
    SLOTS,
    TEXTS,
    TOPICS,
    VERBS,
    WORDS,
    Raw,
)


class Author:
    """Writes one set. own: slots the scenario in hand uses. spots: its steps that a `go` may name,
    with their verbs; at: the one in hand. known: names that are filled wherever the step in hand is
    reached, as far as `go` does not spoil it. level: what its services want."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.number = 0
        self.own: set[str] = set()
        self.spots: list[tuple[str, str]] = []
        self.at = 0
        self.level = 0
        self.known: list[str] = []
        self.scenario = ""

    def files(self) -> dict[str, str]:
        """Path -> text of a whole set."""
        made = {f"ru/{name}.yaml": self._scenario(name) for name in (*TOPICS, *CALLED)}
        made["ru/confirm.yaml"] = self._confirm()
        raw = {path: json.dumps(tree, ensure_ascii=False) for path, tree in made.items()}
        return {**raw, "ru/bot.yaml": json.dumps(self._bot(), ensure_ascii=False), **CITIES}

    def _maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def _id(self, verb: str) -> str:
        self.number += 1
        return f"{verb}{self.number}"

    # -- files

    def _bot(self) -> Raw:
        bot: Raw = {
            "format": 1,
            "languages": ["ru", "en"],
            "timezone": "Europe/Moscow",
            "start": "menu",
            "links": {"pay": "https://isp.example/pay"},
            "silence": self._silence(),
            "more": {"ask": "Ещё?", "yes": "Да, есть", "no": "Нет, спасибо", "bye": "Пока"},
            "access": {"by": "confirm"},
            "understand": {"max_misses": self.rng.randint(1, 3)},
            "words": {
                "operator": ["оператор"],
                "cancel": ["отмена"],
                "menu": ["меню"],
                "back": ["назад"],
                "thanks": ["спасибо"],
                "enough": ["пока нет", "хватит"],
            },
        }
        return bot

    def _scenario(self, name: str) -> Raw:
        self.scenario, self.known, self.level = name, [], 0
        self.own = {"note"} if name in CALLED else set()
        count = self.rng.randint(2, 5)
        self.spots = [(self._id("s"), self.rng.choice(VERBS)) for _ in range(count)]
        steps = []
        for at, (spot, verb) in enumerate(self.spots):
            self.at = at
            steps.append(self._step(0, verb, spot))
        steps.append({"return": {"given": "'Анна'"}} if name in CALLED else self._end())
        made: Raw = {
            "format": 1,
            "scenario": name,
            "title": f"Тема {len(name)}{name[-2]}",
            "steps": steps,
        }
        if name in CALLED:
            made["internal"] = True
        else:
            made["examples"] = [f"{name} номер {word}" for word in WORDS]
        if self._maybe(0.3):
            made["silence"] = self._silence()
        if self.level:
            made["requires"] = self.rng.choice(["linked", "verified"][self.level - 1 :])
        made["data"] = {slot: {"title": f"поле {slot}", **SLOTS[slot]} for slot in sorted(self.own)}
        return made

    def _confirm(self) -> Raw:
        self.scenario, self.own, self.known = "confirm", {"account", "code"}, ["account"]
        failed = [self._escalate()]
        retry: list[Raw] = [{"say": "Код не подошёл."}, {"go": "ask_code"}]
        send: Raw = {"call": "auth.send", "id": "send", "with": {"account": "account"}}
        send["errors"] = {"too_often": failed} if self._maybe(0.5) else {}
        ask = {
            "ask": "code",
            "id": "ask_code",
            "text": "Код?",
            "wrong": "Шесть цифр.",
            "interrupt": self.rng.choice(["never", "return", "leave"]),
            "on_fail": failed,
            "tries": self.rng.randint(1, 3),
        }
        if self._maybe(0.5):
            ask["buttons"] = [{"key": "again", "label": "Прислать ещё раз", "go": "send"}]
        given = {"account": "account", "code": "code"}
        check = {"call": "auth.check", "id": "check", "with": given, "errors": {"any": retry}}
        data = {slot: {"title": slot, **SLOTS[slot]} for slot in sorted(self.own)}
        ends: Raw = {"return": {}}
        return {
            "format": 1,
            "scenario": "confirm",
            "title": "Код",
            "internal": True,
            "data": data,
            "steps": [{"if": "account == null", "then": failed}, send, ask, check, ends],
        }

    def _silence(self) -> Raw:
        every: Raw = {
            "after": self.rng.choice(["30s", "10m"]),
            "say": "Вы ещё здесь?",
            "then": self.rng.choice(["close", "escalate"]),
            "close_after": "20m",
        }
        return {key: value for key, value in every.items() if self._maybe(0.6)}

    # -- steps

    def _steps(self, depth: int, most: int = 2) -> list[Raw]:
        """A branch; what it fills is filled in it only."""
        before = list(self.known)
        verbs = VERBS if depth < 2 else ("say", "set", "call")
        made = [
            self._step(depth + 1, self.rng.choice(verbs)) for _ in range(self.rng.randint(0, most))
        ]
        if self._maybe(0.4) or not made:
            made.append(self._jump() if self._maybe(0.4) else self._end())
        self.known = before
        return made

    def _step(self, depth: int, verb: str, spot: str = "") -> Raw:
        made: Raw = getattr(self, f"_{verb}")(depth, spot or self._id(verb[0]))
        if spot:
            made["id"] = spot
        if "id" in made and self._maybe(0.2):
            made["entry"] = f"Вход {made['id']}"
        return made

    def _say(self, _depth: int, name: str) -> Raw:
        made: Raw = {"say": self._text("Говорю")}
        if self._maybe(0.6):
            made["id"] = name
        if self._maybe(0.1):
            made |= {"image": "map.png", "preview": False}
        offers = [known for known in self.known if known.startswith("offer")]
        if offers and self._maybe(0.6):
            made["list"] = {"of": f"{offers[0]}.items", "line": "- {item.name} {item.price|или: ?}"}
            made["list"] |= {"max": 2} if self._maybe(0.5) else {"empty": "Пусто"}
        return made

    def _ask(self, depth: int, name: str) -> Raw:
        slot = self.rng.choice([slot for slot in SLOTS if slot not in ("code", "plan")])
        offers = [known for known in self.known if known.startswith("offer")]
        slot = "plan" if offers and self._maybe(0.4) else slot
        self.own.add(slot)
        made: Raw = {
            "ask": slot,
            "id": name,
            "text": self._text("Назовите"),
            "wrong": "Не то.",
            "on_fail": self._steps(depth),
        }
        if slot == "plan":
            made["options_from"] = {"of": f"{offers[0]}.items", "key": "code"}
            made["options_from"] |= {"label": "Тариф {item.name}", "save_item": f"picked{name}"}
        elif slot == "kind" or (slot == "city" and self._maybe(0.5)):
            keys = ("a", "b") if slot == "kind" else ("spb", "moscow")
            labels = ("Первый вид", "Второй вид") if slot == "kind" else ("Питер", "Москва")
            made["options"] = [
                {"key": key, "label": label, "also": [f"беру {key}"]}
                for key, label in zip(keys, labels, strict=True)
            ]
        if self._maybe(0.5):
            made["tries"] = self.rng.randint(1, 4)
        self._question(made, depth)
        if self._maybe(0.3):
            made["buttons"] = self._buttons(depth, 1)
        if not made.get("buttons") and set(made["on_fail"][-1]) & LEAVES:
            self.known.append(slot)
        return made

    def _choose(self, depth: int, name: str) -> Raw:
        buttons = self._buttons(depth, self.rng.randint(1, 4))
        made: Raw = {"choose": self._text("Выберите"), "id": name, "buttons": buttons}
        self._question(made, depth)
        return made

    def _question(self, made: Raw, _depth: int) -> None:
        if self._maybe(0.3):
            made["silence"] = self._silence()
        if self._maybe(0.3):
            made["interrupt"] = self.rng.choice(["return", "leave", "never"])

    def _buttons(self, depth: int, count: int) -> list[Raw]:
        made: list[Raw] = []
        for label in self.rng.sample(LABELS, count):
            button: Raw = {"key": self._id("k"), "label": label}
            action = self.rng.choice(["go", "run", "do", "do", "url"])
            if action == "go" and self._targets():
                button["go"] = self.rng.choice(self._targets())
            elif action == "run" and self._others():
                button["run"] = self.rng.choice(self._others())
            elif action == "url" and made:
                button["url"] = "https://isp.example/help"
            else:
                button["do"] = self._steps(depth)
            if self._maybe(0.2):
                button["show_if"] = self._condition()
            if self._maybe(0.1):
                self.own.add("city")
                button["label"] += " {city|или: везде}"
            if self._maybe(0.2):
                button["also"] = [f"хочу {button['key']}"]
            made.append(button)
        if self._maybe(0.3) and "url" not in made[-1]:
            made[-1]["closes"] = True
        return made

    def _if(self, depth: int, name: str) -> Raw:
        made: Raw = {"if": self._condition(), "then": self._steps(depth), "id": name}
        if self._maybe(0.6):
            made["else"] = self._steps(depth)
        return made

    def _call(self, depth: int, name: str) -> Raw:
        pressed = self.spots[0][1] == "choose" and self.at > 0
        fit = [s for s in SERVICES if s.kind == "read" or (s.kind == "change" and pressed)]
        if "phone" in self.known:
            fit += [SERVICES[-1]] * 2
        service = self.rng.choice(fit)
        self.level = max(self.level, ("anonymous", "linked", "verified").index(service.level))
        given: Raw = {}
        if "account" in service.arguments:
            self.own.add("account")
            given["account"] = "account" if "account" in self.known else "'77001234'"
        for slot in ("city", "note"):
            if slot in service.arguments and self._maybe(0.5):
                self.own.add(slot)
                given[slot] = slot
        made: Raw = {"call": service.name, "id": name, "with": given}
        if "phone" in service.arguments:
            given["phone"] = "phone"
        names = [*service.errors, "timeout", "unavailable", "any"]
        chosen = self.rng.sample(names, self.rng.randint(0, 2))
        told = {"say": "Не вышло: {error.name}, {error.text|или: без причины}."}
        made["errors"] = {error: [told, *self._steps(depth, 1)] for error in chosen}
        if self._maybe(0.3):
            made |= {"wait": self._text("Секунду"), "timeout": "8s"}
        if service.result and self._maybe(0.8):
            made["save"] = f"offer{name}" if service.name == "shop.list" else f"bill{name}"
            if not made["errors"]:
                self.known.append(made["save"])
        return made

    def _set(self, _depth: int, _name: str) -> Raw:
        slots = self.rng.sample(sorted(CONSTANTS), self.rng.randint(1, 2))
        self.own.update(slots)
        values = {slot: self.rng.choice(CONSTANTS[slot]) for slot in slots}
        self.known = [known for known in self.known if values.get(known, known) is not None]
        return {"set": values}

    def _run(self, depth: int, name: str) -> Raw:
        others = self._others()
        if not others:
            return self._say(depth, name)
        made: Raw = {"run": self.rng.choice(others), "id": name}
        if made["run"] in CALLED and self._maybe(0.4):
            made["with"] = {"note": "'повод'"}
        if made["run"] in CALLED and self._maybe(0.6):
            self.own.add("person")
            made["save"] = {"person": "given"}
        return made

    def _others(self) -> list[str]:
        """Scenarios behind this one: none runs itself."""
        order = [*TOPICS, *CALLED]
        return order[order.index(self.scenario) + 1 :] if self.scenario in order else []

    # -- ends

    def _jump(self) -> Raw:
        targets = self._targets()
        return {"go": self.rng.choice(targets)} if targets else self._end()

    def _targets(self) -> list[str]:
        """Where a `go` may lead without making a circle that waits for nobody."""
        return [
            name
            for at, (name, verb) in enumerate(self.spots)
            if verb in ("ask", "choose") or at > self.at
        ]

    def _end(self) -> Raw:
        kind = self.rng.choice(["return", "return", "done", "escalate"])
        if kind == "return":
            return {"return": {"given": "'Анна'"} if self._maybe(0.3) else {}}
        if kind == "escalate":
            return self._escalate()
        done: Raw = {"result": self.rng.choice(["solved", "postponed"])}
        return {"done": done | ({"say": self._text("Готово")} if self._maybe(0.5) else {})}

    def _escalate(self) -> Raw:
        made: Raw = {"reason": self.rng.choice(["lost", "wanted"])}
        if self._maybe(0.4):
            made["queue"] = "sales"
        if self._maybe(0.5):
            made["say"] = self._text("Зову")
        if self._maybe(0.5):
            made["summary"] = self._text("Сводка")
        return {"escalate": made}

    # -- words

    def _condition(self) -> str:
        chosen = self.rng.choice(CONDITIONS)
        self.own.update(slot for slot in SLOTS if slot in chosen.split())
        return chosen

    def _text(self, word: str) -> str:
        """Words with values in them; only of what is known for sure without `или`."""
        self.number += 1
        parts = [f"{word} {self.number}"]
        for slot in self.rng.sample(sorted(SLOTS), self.rng.randint(0, 2)):
            if slot != "code":
                self.own.add(slot)
                filters = FILTERS.get(slot, [])
                shaped = f"|{self.rng.choice(filters)}" if filters and self._maybe(0.5) else ""
                safe = "" if slot in self.known else "|или: нет"
                parts.append(f"{{{slot}{shaped}{safe}}}")
        if self._maybe(0.1):
            parts.append("{links.pay} {{скобки}} **важно**")
        return " ".join(parts)


def translated(files: Mapping[str, str], built: Built, rng: random.Random) -> dict[str, str]:
    """The files with English words for most of what the scenarios say."""
    assert built.bundle is not None
    made = dict(files)
    for name, scenario in built.bundle.scenarios.items():
        faces = {
            key: {"from": mark(text), "text": "EN " + text.replace(ROUBLES["ru"], ROUBLES["en"])}
            for key, text in texts_of(scenario).items()
            if "~" not in key and rng.random() < 0.8
        }
        tree = {"format": 1, "translates": name, "language": "en", "texts": faces}
        made[f"i18n/en/{name}.yaml"] = json.dumps(tree, ensure_ascii=False)
    return made


def made_up(seed: int) -> dict[str, str]:
    """Files of a bot that the checker accepts."""
    rng = random.Random(seed)
    while True:
        files = Author(rng).files()
        built = build(files, TEXTS, SERVICES)
        if built.bundle is not None:
            return translated(files, built, rng)
