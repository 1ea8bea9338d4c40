"""Statements that give back what was taken for somebody who never heard of it: the rows of an owner
whose leases end, by his clock, at one moment. They are due at once."""

from core.storage.statement import once

GIVE_BACK_RUNS = once(
    "UPDATE dialog_run SET owner = NULL, lease_until = NULL, due_at = ?3"
    " WHERE due_at = ?2 AND owner = ?1 RETURNING 1",
    """WITH own AS MATERIALIZED (
         SELECT dialog FROM dialog_run WHERE due_at = $2::timestamptz AND owner = $1::text
         ORDER BY dialog FOR UPDATE)
       UPDATE dialog_run r SET owner = NULL, lease_until = NULL, due_at = $3::timestamptz
       FROM own WHERE r.dialog = own.dialog RETURNING 1""",
)

#: Nothing of them was sent. ?4: they were idle before, so no earlier sender left a row in doubt.
GIVE_BACK_CHATS = once(
    "UPDATE chat_run SET owner = NULL, lease_until = NULL, due_at = ?3,"
    " sending = sending AND NOT ?4 WHERE due_at = ?2 AND owner = ?1 RETURNING 1",
    """WITH own AS MATERIALIZED (
         SELECT channel, chat FROM chat_run WHERE due_at = $2::timestamptz AND owner = $1::text
         ORDER BY channel, chat FOR UPDATE)
       UPDATE chat_run c SET owner = NULL, lease_until = NULL, due_at = $3::timestamptz,
         sending = c.sending AND NOT $4::bool
       FROM own WHERE c.channel = own.channel AND c.chat = own.chat RETURNING 1""",
)

#: Nobody began to make them, so that was no try.
GIVE_BACK_CALLS = once(
    "UPDATE call SET owner = NULL, lease_until = NULL, due_at = ?3, tries = tries - 1"
    " WHERE due_at = ?2 AND owner = ?1 RETURNING 1",
    """WITH own AS MATERIALIZED (
         SELECT key FROM call WHERE due_at = $2::timestamptz AND owner = $1::text
         ORDER BY key FOR UPDATE)
       UPDATE call c SET owner = NULL, lease_until = NULL, due_at = $3::timestamptz,
         tries = c.tries - 1
       FROM own WHERE c.key = own.key RETURNING 1""",
)
