"""What a customer wrote, and what of it is looked up only when needed."""

from core.scenario.index import Index, index_of, signs
from core.scenario.languages import language_named
from core.scenario.model import Bundle
from core.scenario.place import Shown
from core.updates import CustomerMessage, Meaning

#: A heart and a thumb are thanks in every language.
_SIGNS = frozenset("👍❤💗♥")
_STOPS = "!.…"  # behind a sign they say nothing of their own
_STICKER = "❤"  # what a sticker says: thanks, and no consent as a thumb may be


class Heard:
    """A customer's text.

    has_letters: whether anything but digits and signs was written; the cheap question asked first.
    group: of bot.yaml's words that the whole text is. pressed: which button it was found to press,
    and where that was asked (core.scenario.typed).
    """

    def __init__(self, text: str, index: Index, meaning: Meaning | None = None) -> None:
        self.text = text
        self.index = index
        self.meaning = meaning
        self.has_letters = any(map(str.isalpha, text))
        self.group: str | None = None
        self.pressed: tuple[object, Shown | None] | None = None
        self._normal: str | None = None
        self._declines: bool | None = None
        if self.has_letters:
            self.group = index.words.get(self.normal)

    @property
    def normal(self) -> str:
        """The whole text, normalised."""
        if self._normal is None:
            self._normal = self.index.reader.normal(self.text)
        return self._normal

    @property
    def wording(self) -> str:
        """What labels and their other wordings are compared with."""
        return self.normal or signs(self.text)

    @property
    def words(self) -> list[str]:
        """The words of the normalised text."""
        return self.normal.split()

    @property
    def sure(self) -> str:
        """The class the classifier would start at once, empty when it is not that sure."""
        meaning = self.meaning
        if meaning is None or meaning.zone != "answer" or self.declines_people:
            return ""
        return meaning.best

    @property
    def declines_people(self) -> bool:
        """Whether the text refuses people and says nothing else: «не надо оператора»."""
        if self._declines is None:
            self._declines = self.has_letters and self.index.reader.refuses_people(self.text)
        return self._declines

    @property
    def is_thanks(self) -> bool:
        """Thanks in words, or a heart or a thumb alone."""
        if self.has_letters:
            return self.group == "thanks" or self.sure == "thanks"
        return self.sure == "thanks" or self.is_sign

    @property
    def is_sign(self) -> bool:
        """Whether the text is nothing but hearts and thumbs."""
        if not self.text or self.text.isascii():
            return False
        bare = signs(self.text).rstrip(_STOPS)
        return bool(bare) and all(sign in _SIGNS for sign in bare)

    @property
    def is_closing(self) -> bool:
        """Words that end a conversation politely."""
        return self.group == "enough" or self.is_thanks

    @property
    def language(self) -> str:
        """The language the customer asks for, empty for none."""
        languages = self.index.bundle.bot.languages
        if len(languages) < 2 or not self.has_letters:
            return ""
        found = language_named(self.text)
        return found if found in languages else ""


_last: tuple[CustomerMessage, Bundle, Heard] | None = None


def heard(update: CustomerMessage, bundle: Bundle) -> Heard:
    """The words of a message; of a shared contact, its phone.

    The last one is kept: whether a message needs the classifier and what it does are asked one
    after the other."""
    global _last
    last = _last
    if last is not None and last[0] is update and last[1] is bundle:
        return last[2]
    found = _heard(update, bundle)
    _last = update, bundle, found
    return found


def _heard(update: CustomerMessage, bundle: Bundle) -> Heard:
    text = update.text.strip()
    if not text and update.contact is not None:
        text = update.contact.phone
    elif not text and any(media.kind == "sticker" for media in update.media):
        text = _STICKER
    return Heard(text, index_of(bundle), update.meaning)
