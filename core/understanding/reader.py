"""The understanding of one bundle: what a text means, and which values it names."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from threading import Lock

from core.scenario.model import Bundle, Choice, Slot, Thresholds
from core.understanding import corpus, entities, model, zones
from core.understanding.choices import chosen
from core.understanding.correction import is_bare, is_correction, takes_back
from core.understanding.distance import alike
from core.understanding.encoders import Encoder, Ngrams
from core.understanding.entities.plain import may_have_digit
from core.understanding.entities.spelled import spelled
from core.understanding.normalise import (
    Normaliser,
    behind_thanks,
    folded,
    stem,
    without_fillers,
    without_numbers,
)
from core.understanding.refusals import asks_for_people, beside_refusal
from core.updates import Meaning

Value = str | int | float | bool | None

_TEXTS = 4096  # texts whose meaning is kept: customers write the same again and again
_SHORT = 300  # characters of a text worth keeping
_SECRET_DIGITS = 4  # texts with so many digits are never kept: they name accounts and codes
_LONGEST = 4000  # characters of a message that are read
_READERS = 4
_PEOPLE = "operator"  # the class of who asks for them
_BEGINNING = 4  # letters by which forms of a word are the same word


class Reader:
    """Reads customers' texts for one bundle. stored: bytes of `packed_model`, ignored unless they
    were made of the same phrases."""

    def __init__(self, bundle: Bundle, stored: bytes = b"", encoder: Encoder | None = None) -> None:
        self.bundle = bundle
        self.encoder: Encoder = encoder or Ngrams()
        self._stored = stored
        self._normaliser = Normaliser(bundle.bot.synonyms, lambda: self.known_words)
        self._lock = Lock()
        self._normal = lru_cache(maxsize=_TEXTS)(self._normaliser.normal)
        self._meaning = lru_cache(maxsize=_TEXTS)(self._read)

    # -- texts

    def normal(self, text: str) -> str:
        """The text as whole texts are compared: «Не знаю!» and «не знаю» are the same."""
        return self._normal(text) if _is_kept(text) else self._normaliser.normal(text[:_LONGEST])

    def _mended(self, text: str) -> str:
        return self._normaliser.mended(folded(text))

    def similar(self, a: str, b: str) -> float:
        """How alike two normalised texts are, 0 to 1; never with a «not» or a number changed."""
        return alike(a, b)

    def corrects(self, text: str) -> bool:
        """Whether a text has a marker of a correction (SCENARIOS 7.1)."""
        return is_correction(text)

    def takes_back(self, text: str, title: str) -> bool:
        """Whether a text says no more than that the thing of this title was wrong."""
        return takes_back(text, title)

    @cached_property
    def known_words(self) -> set[str]:
        """The words this bot knows."""
        return corpus.known_words(self.bundle)

    @cached_property
    def _known_stems(self) -> set[str]:
        words = {part for word in self.known_words for part in (word, *word.split("-"))}
        words |= {word for text in words for word in self._normaliser.worded(text).split()}
        return {stem(word) for word in words}

    @cached_property
    def _known_beginnings(self) -> set[str]:
        return {word[:_BEGINNING] for word in self._known_stems if len(word) >= _BEGINNING}

    def is_known(self, word: str) -> bool:
        """Whether the bot knows a folded word, in any of its forms."""
        return stem(word) in self._known_stems or (
            len(word) > _BEGINNING and word[:_BEGINNING] in self._known_beginnings
        )

    @cached_property
    def _people(self) -> frozenset[str]:
        """Stems of the single words that call people: «оператор», «человек»."""
        texts = map(self.normal, self.bundle.bot.words.get("operator", ()))
        return frozenset(stem(text) for text in texts if " " not in text)

    def refuses_people(self, text: str) -> bool:
        """Whether a text says nothing but that its writer wants no people."""
        return beside_refusal(self._mended(text[:_LONGEST]), self._people) == ""

    # -- meaning

    def meaning(self, text: str) -> Meaning:
        """What a text is about, but for a refusal of people that stands in it. A millisecond for a
        new text, nothing for one seen before; the first call loads or trains the classifier."""
        return self._meaning(text) if _is_kept(text) else self._read(text[:_LONGEST])

    def _read(self, text: str) -> Meaning:
        mended = self._mended(text)
        rest = beside_refusal(mended, self._people)
        mended = mended if rest is None else rest
        if asks_for_people(mended, self._people):
            return Meaning(zone="answer", best=_PEOPLE, ranked=((_PEOPLE, 1.0),))
        said = [part for part in map(self.classified, zones.parts(mended)) if part]
        if not said or self.model is None:
            return Meaning(zone="rephrase", best=corpus.OOS)
        texts = [text for part in said for text in (part, *_bared(part))]
        guesses = self._guesses(texts)
        torn = self._guesses([part for text in texts for part in zones.stretches(text)])
        polite = frozenset({corpus.OOS, "thanks", self.bundle.bot.start})
        found = zones.with_stretches(guesses, torn, polite, self.thresholds)
        understood = any(self.is_known(word) for part in said for word in part.split())
        return zones.meaning(found, self.thresholds, self._is_careful, understood)

    def _guesses(self, texts: Sequence[str]) -> list[zones.Guess]:
        if self.model is None:
            return []
        classes, confidences = self.model.classes, self.model.confidences
        return [zones.guess(classes, confidences(item)) for item in self.encoder.encode(texts)]

    def classified(self, text: str) -> str:
        """A folded and mended text as the classifier sees it: long numbers left out."""
        return self._normaliser.worded(without_numbers(text))

    def _is_careful(self, label: str) -> bool:
        scenario = self.bundle.scenarios.get(label)
        return scenario is not None and scenario.careful

    @cached_property
    def phrases(self) -> list[corpus.Phrase]:
        """What the classifier is trained on."""
        return corpus.phrases(self.bundle, lambda text: self.classified(self._mended(text)))

    @cached_property
    def model(self) -> model.Model | None:
        """The classifier: unpacked if it was stored, else trained; None without any phrase."""
        with self._lock:
            stored = model.unpacked(self._stored) if self._stored else None
            digest = model.digest(self.phrases, self.encoder.name)
            if stored is not None and stored.stored.digest == digest:
                return stored
            if not self.phrases:
                return None
            from core.understanding.training import trained

            return trained(self.phrases, self.encoder)

    @cached_property
    def thresholds(self) -> Thresholds:
        """Of the encoder in use: of the bundle, else found now."""
        found = self.bundle.thresholds.get(self.encoder.name)
        if found is None:
            from core.understanding.tuning import thresholds

            found = thresholds(self.bundle, self.encoder)
        return found

    # -- values

    @cached_property
    def _cities(self) -> entities.Cities:
        return entities.Cities(self.bundle.cities)

    def find(
        self,
        slot: Slot,
        text: str,
        *,
        today: date,
        choices: Sequence[Choice | tuple[str, str]] = (),
    ) -> Value:
        """The value of a slot that a text names, None if it names none.

        choices: options of the open question, each a Choice or (key, label). today: in the bot's
        zone. Never raises, whatever the text is."""
        if slot.type == "choice":
            return self._choice(text, choices)
        if slot.type == "date":
            return entities.day(text, today)
        return _SEARCHES[slot.type](self, slot, text)

    def names_only(self, slot: Slot, text: str, value: Value) -> bool:
        """Whether a text says nothing but the value of the slot that it names."""
        names = _WRITTEN.get(slot.type, ())
        city = self.bundle.cities.get(str(value)) if slot.type == "city" else None
        if city is not None:
            names = (*city.names, *city.label.values())
        return is_bare(text, slot.title, names)

    def _name(self, text: str) -> str | None:
        return entities.name(text, self.is_known)

    def _city(self, text: str) -> str | None:
        return self._cities.find(text) or self._cities.find(self._mended(text))

    def _choice(self, text: str, choices: Sequence[Choice | tuple[str, str]]) -> str | None:
        said = self.normal(text)
        return chosen(said, [wording for choice in choices for wording in self._wordings(choice)])

    def _wordings(self, choice: Choice | tuple[str, str]) -> list[tuple[str, str]]:
        if isinstance(choice, tuple):
            key, label = choice
            texts: tuple[str, ...] = (label,)
        else:
            key, texts = choice.key, (choice.label, *choice.also)
        return [(key, wording) for text in texts if (wording := self.normal(text))]


def _is_kept(text: str) -> bool:
    if len(text) > _SHORT or any(len(s.digits) >= _SECRET_DIGITS for s in spelled(text)):
        return False
    return not may_have_digit(text) or sum(map(str.isdigit, text)) < _SECRET_DIGITS


def _bared(part: str) -> list[str]:
    """A sentence without what may stand around what it is about."""
    found = [text for text in (behind_thanks(part), without_fillers(part)) if text]
    return list(dict.fromkeys(found))


def _speech(text: str) -> str | None:
    return text.strip() or None


_SEARCHES: Mapping[str, Callable[[Reader, Slot, str], Value]] = {
    "account": lambda reader, slot, text: entities.account(text, slot.length or 8),
    "contract": lambda reader, slot, text: entities.contract(text),
    "phone": lambda reader, slot, text: entities.phone(text),
    "city": lambda reader, slot, text: reader._city(text),
    "speed": lambda reader, slot, text: entities.speed(text),
    "email": lambda reader, slot, text: entities.email(text),
    "money": lambda reader, slot, text: entities.money(text),
    "digits": lambda reader, slot, text: entities.digits(text, slot.length),
    "yes_no": lambda reader, slot, text: entities.yes_no(text),
    "rating": lambda reader, slot, text: entities.rating(text, 1, slot.length or 5),
    "name": lambda reader, slot, text: reader._name(text),
    "text": lambda reader, slot, text: _speech(text),
}

#: How values are written that have words in them.
_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "contract": ("СПБ 12345/21",),
    "speed": ("сто мегабит",),
    "email": ("anna.k@isp.example",),
    "date": ("двадцать пятого ноября",),
}

_KEPT: OrderedDict[str, Reader] = OrderedDict()
_GUARD = Lock()


def reader_of(bundle: Bundle, stored: bytes = b"") -> Reader:
    """The reader of a bundle, the same one for the same hash while it is in use.

    stored: bytes of `packed_model`, which save the training."""
    if not bundle.hash:
        return Reader(bundle, stored)
    with _GUARD:
        found = _KEPT.get(bundle.hash)
        if found is None:
            found = _KEPT[bundle.hash] = Reader(bundle, stored)
        _KEPT.move_to_end(bundle.hash)
        while len(_KEPT) > _READERS:
            _KEPT.popitem(last=False)
        return found


def packed_model(bundle: Bundle) -> bytes:
    """The trained classifier of a bundle as bytes for `reader_of`, empty if it has no phrases."""
    trained = reader_of(bundle).model
    return model.packed(trained) if trained is not None else b""
