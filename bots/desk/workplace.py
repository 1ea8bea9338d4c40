"""What lives as long as the process and is shared by all requests and sockets."""

from dataclasses import dataclass

from bots.desk.context import DeskContext
from bots.desk.live import Hub
from bots.desk.surroundings import SurroundingsSource
from bots.desk.vault import Vault


@dataclass(frozen=True, slots=True)
class Workplace:
    """context: what was given. around: queues and hours. hub: live sockets. vault: files."""

    context: DeskContext
    around: SurroundingsSource
    hub: Hub
    vault: Vault


def workplace(context: DeskContext) -> Workplace:
    """Everything of one process; nothing runs yet."""
    around = SurroundingsSource(context)
    return Workplace(context, around, Hub(context, around), Vault(context))
