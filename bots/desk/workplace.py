"""What lives as long as the process and is shared by all requests and sockets."""

from dataclasses import dataclass
from datetime import timedelta

from bots.desk.context import DeskContext
from bots.desk.live import Hub
from bots.desk.recently import Recently
from bots.desk.surroundings import SurroundingsSource
from bots.desk.vault import Vault

REPORTS, MINUTE = 10, timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Workplace:
    """context: what was given. around: queues and hours. hub: live sockets. vault: files.
    reports: of pages, per person."""

    context: DeskContext
    around: SurroundingsSource
    hub: Hub
    vault: Vault
    reports: Recently


def workplace(context: DeskContext) -> Workplace:
    """Everything of one process; nothing runs yet."""
    around = SurroundingsSource(context)
    return Workplace(
        context, around, Hub(context, around), Vault(context), Recently(REPORTS, MINUTE)
    )
