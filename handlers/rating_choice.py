"""Which question a close asks, as people chose it at the desk; every process takes it up."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from core.desk_store import DeskStore
from core.policy import Policy, RatingChoice, RatingPolicy

SETTING = "rating"
_CHOICE = msgspec.json.Decoder(RatingChoice)


class RatingChoices:
    """Keeps a process's policy in step with the stored choice; called every few seconds."""

    def __init__(
        self, desk: DeskStore, policy: Callable[[], Policy], put: Callable[[Policy], None]
    ) -> None:
        """policy: in force now; put: what is in force from the next turn on."""
        self.desk = desk
        self.policy = policy
        self.put = put
        self.usual = policy().rating

    async def step(self) -> None:
        """Looks whether somebody chose anew."""
        stored, _ = await self.desk.versioned_setting(SETTING)
        now = self.policy()
        wanted = in_force(self.usual, stored)
        if now.rating != wanted:
            self.put(replace(now, rating=wanted))


def in_force(usual: RatingPolicy, stored: Any) -> RatingPolicy:
    """The policy of the settings with what was chosen at the desk, if anything was."""
    if stored is None:
        return usual
    choice = _CHOICE.decode(msgspec.json.encode(stored))
    return replace(
        usual,
        question=choice.question,
        csi_scale=choice.csi_scale,
        nps_scale=choice.nps_scale,
    )
