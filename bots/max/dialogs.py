"""Which dialog a person has with the bot, as far as this process has heard of it."""

from bots.max.parse import ids_of

_MOST = 10_000


class Dialogs:
    """Fed by what comes in and by what was sent. A chat is known by its person, and the few calls
    that want the dialog are improvements or do without; so nothing of this is stored."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, user: str, dialog: str) -> None:
        """Keeps the dialog of a person; an empty one says nothing."""
        if not dialog:
            return
        while len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[user] = dialog

    def ids(self, address: str) -> tuple[str, str]:
        """(person, dialog) of an address; the dialog is empty when nobody knows it."""
        user, dialog = ids_of(address)
        self.learn(user, dialog)
        return user, dialog or self._known.get(user, "")
