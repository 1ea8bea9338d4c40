"""Statements of answers that travel in the answer to the platform's own request."""

from core.storage.sql_delivery import EARLIEST
from core.storage.statement import each, once

#: Keeps delivery away from chats, by the lease that a sender would hold. Nobody is pushed aside:
#: not a sender at work, nor one who died with a row on its way.
TAKE_CHAT = each(
    """UPDATE chat_run SET owner = ?3, epoch = epoch + 1, lease_until = ?4 + ?5,
         due_at = ?4 + ?5
       WHERE channel = ?1 AND chat = ?2
         AND (owner IS NULL OR owner = ?3 OR (lease_until <= ?4 AND NOT sending))
       RETURNING channel, chat, address, epoch""",
    """WITH wanted AS MATERIALIZED (
         SELECT c.channel, c.chat, k.owner, k.at, k.lease * interval '1 microsecond' AS lease
         FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
           AS k(channel, chat, owner, at, lease)
         JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat
         WHERE c.owner IS NULL OR c.owner = k.owner
           OR (c.lease_until <= clock_timestamp() AND NOT c.sending)
         ORDER BY 1, 2 FOR UPDATE OF c)
       UPDATE chat_run c SET owner = w.owner, epoch = c.epoch + 1,
         lease_until = clock_timestamp() + w.lease, due_at = w.at + w.lease
       FROM wanted w WHERE c.channel = w.channel AND c.chat = w.chat
       RETURNING c.channel, c.chat, c.address, c.epoch""",
    returns=True,
)

_ROW = """o.channel, o.chat, o.id, o.dialog, o.n, o.part, o.parts, o.kind, o.priority, o.content,
    o.state, o.tries, o.not_before, o.hold, o.created_at, o.platform_id, o.code, u.received_at"""

#: What was said since an update, as far as two clocks can tell: ?3 microseconds are forgiven.
SAID_SINCE = once(
    f"""SELECT {_ROW} FROM "update" u JOIN outbox o ON o.dialog = u.dialog
        WHERE u.dialog = ?1 AND u.seq = ?2 AND o.created_at >= u.received_at - ?3
        ORDER BY o.id LIMIT 32""",
    f"""SELECT {_ROW} FROM "update" u JOIN outbox o ON o.dialog = u.dialog
        WHERE u.dialog = $1::text AND u.seq = $2::int
          AND o.created_at >= u.received_at - $3::bigint * interval '1 microsecond'
        ORDER BY o.id LIMIT 32""",
)

_LATER = "(SELECT r.seq_in FROM dialog_run r WHERE r.dialog = {dialog}) > {seq}"

#: Lets a chat go. What is still open rests until the chat is woken: before the person's next word
#: the platform takes nothing more. Unless that word is there already.
REST_CHAT = each(
    "UPDATE chat_run SET owner = NULL, lease_until = NULL, sending = false, due_at = CASE WHEN "
    + _LATER.format(dialog="?3", seq="?4")
    + " THEN "
    + EARLIEST.format(now="?5", c="chat_run", but="")
    + " END WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET owner = NULL, lease_until = NULL, sending = false, due_at = CASE WHEN "
    + _LATER.format(dialog="k.dialog", seq="k.seq")
    + " THEN "
    + EARLIEST.format(now="k.at", c="c", but="")
    + " END FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])"
    " AS k(channel, chat, dialog, seq, at) WHERE c.channel = k.channel AND c.chat = k.chat",
)
