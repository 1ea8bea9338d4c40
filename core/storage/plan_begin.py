"""How an operator's first word reaches a chat: the dialog that is open there, or a new one."""

from datetime import datetime

import msgspec

from core.state import Dialog
from core.storage import sql_intake as sql
from core.storage.plan_at_once import Onward
from core.storage.plan_chats import chats_in, dialog_row
from core.storage.plan_intake import OWN, Filed, file_updates
from core.storage.plan_load import look_up
from core.storage.rules import Rules
from core.storage.statement import Plan, micros
from core.store_values import Accepted
from core.updates import OperatorOpened


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `begin`."""

    identity: str
    update: OperatorOpened
    now: datetime
    dedup_key: str


def begin(rules: Rules, job: Begin) -> Plan[Accepted | KeyError]:
    """Files the word in the person's chat; a closed dialog stays closed, a new one begins.

    Where the customer has just come back to the closed one, that is not turned yet: the word is
    filed behind theirs, and its turn says who has the dialog."""
    people = yield sql.CHAT_OF, [job.identity]
    if not people:
        return KeyError(job.identity)
    channel, chat, customer, lang, name = people[0]
    key = f"{channel}:{chat}:{job.dedup_key}"
    # Under the lock of the chat: a repeat, or a customer who writes at once, waits for us.
    there = chats_in((yield sql.LOCK_CHAT, [(channel, chat)]))[channel, chat]
    known = (yield from look_up([(OWN, key)], (), job.now)).known
    if known:
        return known[OWN, key]
    dialog = there.dialog
    # not what LOCK_CHAT says of it: that row is not under lock
    if not dialog or (yield sql.IS_OVER, (dialog,))[0][0]:
        made = Dialog(
            id=rules.new_id(),
            channel=channel,
            chat=chat,
            identity=job.identity,
            lang=lang,
            opened_at=job.now,
            customer_name=name,
        )
        yield sql.NEW_DIALOG, [dialog_row(made, customer, micros(job.now), opened_by="operator")]
        yield sql.NEW_RUN, [(made.id, 0, 0, 0, None, None)]
        yield sql.LAST_DIALOG, [(channel, chat, made.id, job.identity, there.seen_as)]
        dialog = made.id
    filed = Filed(dialog=dialog, channel=OWN, key=key, update=job.update, now=micros(job.now))
    return (yield from file_updates(rules, [filed], Onward(job.now))).answers[0]
