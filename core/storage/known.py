"""Dialogs as this process saved them last, so that they need not be read and decoded again."""

from collections import OrderedDict

from core.state import Dialog

#: About 5 KB each.
MOST = 2000


class KnownDialogs:
    """A dialog is written under a lease only, and every lease has a higher epoch: what was saved
    under epoch 7 is what the database holds as long as nobody took an epoch above 7."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._dialogs: OrderedDict[str, tuple[int, Dialog]] = OrderedDict()

    def keep(self, epoch: int, dialog: Dialog) -> None:
        """Called after the commit of a save under this epoch."""
        self._dialogs[dialog.id] = (epoch, dialog)
        self._dialogs.move_to_end(dialog.id)
        if len(self._dialogs) > self._most:
            self._dialogs.popitem(last=False)

    def find(self, id_: str, epoch: int) -> Dialog | None:
        """The dialog if its last lease was this one; may be asked from another thread."""
        found = self._dialogs.get(id_)
        return found[1] if found is not None and found[0] == epoch else None
