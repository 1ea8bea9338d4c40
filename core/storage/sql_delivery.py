"""Statements of delivery: chats to serve, rows to send, what became of them."""

from core.storage.statement import Statement, each, hits, once, packed


def _claim_chats(own_sqlite: str = "", own_postgres: str = "") -> Statement:
    """own_…: a further condition."""
    return once(
        "SELECT channel, chat, address, epoch + 1, sending FROM chat_run"
        f" WHERE due_at <= ?2{own_sqlite} ORDER BY due_at LIMIT ?4",
        f"""WITH ready AS MATERIALIZED (
         SELECT channel, chat, due_at FROM chat_run
         WHERE due_at <= $2::timestamptz
           AND (owner IS NULL OR lease_until <= clock_timestamp()){own_postgres}
         ORDER BY due_at LIMIT $4::int FOR UPDATE SKIP LOCKED)
       UPDATE chat_run c SET owner = $1::text, epoch = c.epoch + 1,
         lease_until = clock_timestamp() + $3::bigint * interval '1 microsecond',
         due_at = $2::timestamptz + $3::bigint * interval '1 microsecond'
       FROM ready r WHERE c.channel = r.channel AND c.chat = r.chat
       RETURNING c.channel, c.chat, c.address, c.epoch, c.sending, r.due_at""",
    )


#: As sql_turn.CLAIM, for chats.
CLAIM_CHATS = _claim_chats()
#: Chats of these channels alone.
CLAIM_CHATS_OF = _claim_chats(
    " AND channel IN (SELECT value FROM json_each(?5))", " AND channel = ANY($5::text[])"
)
CLAIM_OWN_CHATS = _claim_chats(
    " AND channel = ?5 AND chat = ?6", " AND channel = $5::text AND chat = $6::text"
)

#: From here on the first of the rows may be on its way.
SERVE_CHAT = each(
    "UPDATE chat_run SET owner = ?3, epoch = epoch + 1, lease_until = ?4, due_at = ?4,"
    " sending = true WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET sending = true"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])"
    " AS k(channel, chat, owner, lease_until)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

_ROW = """o.channel, o.chat, o.id, o.dialog, o.n, o.part, o.parts, o.kind, o.priority, o.content,
    o.state, o.tries, o.not_before, o.hold, o.created_at"""

#: The chat's next rows in the order in which they must go.
OPEN_ROWS = packed(
    f"""SELECT {_ROW} FROM json_each(?) k JOIN outbox o ON o.id IN (
          SELECT id FROM outbox
          WHERE channel = json_extract(k.value, '$[0]') AND chat = json_extract(k.value, '$[1]')
            AND state IN ('new', 'unknown') ORDER BY id LIMIT 16)
        ORDER BY o.id""",
    f"""SELECT {_ROW} FROM unnest($1::text[], $2::text[]) AS k(channel, chat)
        JOIN LATERAL (SELECT * FROM outbox
          WHERE channel = k.channel AND chat = k.chat
            AND state IN ('new', 'unknown') ORDER BY id LIMIT 16) o ON true
        ORDER BY o.id""",
)

FILES = once(
    """SELECT a.id, a.storage_key, a.name, a.media_type, a.size, p.channel, p.file, p.at
       FROM json_each(?) k JOIN attachment a ON a.id = k.value
       LEFT JOIN platform_file p ON p.attachment = a.id""",
    """SELECT a.id, a.storage_key, a.name, a.media_type, a.size, p.channel, p.file, p.at
       FROM attachment a LEFT JOIN platform_file p ON p.attachment = a.id
       WHERE a.id = ANY($1::text[])""",
)

KEEP_FILE = each(
    "INSERT INTO platform_file (channel, attachment, file, at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (channel, attachment) DO UPDATE SET file = excluded.file, at = excluded.at",
    "INSERT INTO platform_file (channel, attachment, file, at)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])"
    " ON CONFLICT (channel, attachment) DO UPDATE SET file = excluded.file, at = excluded.at",
)

#: The guard of everything a sender writes; its lock also keeps new rows out until commit.
HOLD_CHAT = packed(
    """SELECT c.channel, c.chat FROM json_each(?) k JOIN chat_run c
         ON c.channel = json_extract(k.value, '$[0]') AND c.chat = json_extract(k.value, '$[1]')
        AND c.owner = json_extract(k.value, '$[2]') AND c.epoch = json_extract(k.value, '$[3]')""",
    """SELECT c.channel, c.chat
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS k(channel, chat, owner, epoch)
       JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat
         AND c.owner = k.owner AND c.epoch = k.epoch
       ORDER BY 1, 2 FOR UPDATE OF c""",
)

#: All chats of a transaction under one lock after the other in key order: two questions, each in
#: its own order, would let two transactions wait for each other.
HOLD_CHATS = HOLD_CHAT._replace(sqlite="")
#: On SQLite, where nobody else writes, those that RELEASE_SERVED does not guard.
HOLD_OTHERS = HOLD_CHAT._replace(postgres="")

#: A row that evidence proved meanwhile stays sent.
SETTLE_ROW = each(
    """UPDATE outbox SET state = ?2, tries = ?3, platform_id = ?4, code = ?5, not_before = ?6,
         hold = ?7, attempt_at = ?8,
         done_at = CASE WHEN ?2 IN ('new', 'unknown') THEN NULL ELSE ?8 END
       WHERE id = ?1 AND NOT (state = 'sent' AND ?2 IN ('new', 'unknown'))""",
    """UPDATE outbox o SET state = k.state, tries = k.tries, platform_id = k.platform_id,
         code = k.code, not_before = k.not_before, hold = k.hold, attempt_at = k.at,
         done_at = CASE WHEN k.state IN ('new', 'unknown') THEN NULL ELSE k.at END
       FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[],
                   $6::timestamptz[], $7::bool[], $8::timestamptz[])
         AS k(id, state, tries, platform_id, code, not_before, hold, at)
       WHERE o.id = k.id AND NOT (o.state = 'sent' AND k.state IN ('new', 'unknown'))""",
)

#: The rest of a message one of whose parts cannot be sent.
CANCEL_REST = each(
    """UPDATE outbox SET state = 'cancelled', done_at = ?4, hold = false
       WHERE dialog = ?1 AND n = ?2 AND part > ?3 AND state IN ('new', 'unknown')""",
    """UPDATE outbox o SET state = 'cancelled', done_at = k.at, hold = false
       FROM unnest($1::text[], $2::int[], $3::int[], $4::timestamptz[])
         AS k(dialog, n, part, at)
       WHERE o.dialog = k.dialog AND o.n = k.n AND o.part > k.part
         AND o.state IN ('new', 'unknown')""",
)

MOVE_CHAT = each(
    "UPDATE chat_run SET address = ?3 WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET address = k.address"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS k(channel, chat, address)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

EARLIEST = """(SELECT coalesce(o.not_before, {now}) FROM outbox o
    WHERE o.channel = {c}.channel AND o.chat = {c}.chat
      AND o.state IN ('new', 'unknown') AND NOT o.hold{but} ORDER BY o.id LIMIT 1)"""

#: Due again when the earliest row that is not parked wants to go; later rows wait for it.
RELEASE_CHAT = each(
    "UPDATE chat_run SET owner = NULL, lease_until = NULL, sending = false, due_at = "
    + EARLIEST.format(now="?3", c="chat_run", but="")
    + " WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET owner = NULL, lease_until = NULL, sending = false, due_at = "
    + EARLIEST.format(now="k.at", c="c", but="")
    + " FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS k(channel, chat, at)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

#: A chat whose last row is settled, guard and release in one. PostgreSQL locks it by HOLD_CHATS:
#: only a statement that begins after the lock sees rows that were committed meanwhile.
RELEASE_SERVED = hits(
    "UPDATE chat_run SET owner = NULL, lease_until = NULL, sending = false, due_at = "
    + EARLIEST.format(now="?5", c="chat_run", but=" AND o.id <> ?6")
    + " WHERE channel = ?1 AND chat = ?2 AND owner = ?3 AND epoch = ?4",
    "",
)
#: The same under that lock, written together with what became of the row, which still looks open.
RELEASE_LOCKED = each(
    "",
    "UPDATE chat_run c SET owner = NULL, lease_until = NULL, sending = false, due_at = "
    + EARLIEST.format(now="k.at", c="c", but=" AND o.id <> k.last")
    + " FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[])"
    " AS k(channel, chat, at, last)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

#: A sender who goes on holds the chat for longer; under the lock of HOLD_CHATS.
PROLONG = each(
    "UPDATE chat_run SET lease_until = ?4, due_at = ?4 WHERE channel = ?1 AND chat = ?2",
    """UPDATE chat_run c SET due_at = k.until,
         lease_until = clock_timestamp() + k.lease * interval '1 microsecond'
       FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])
         AS k(channel, chat, lease, until)
       WHERE c.channel = k.channel AND c.chat = k.chat""",
)

_RANK = """(SELECT max(CASE o.state WHEN 'failed' THEN 5 WHEN 'unknown' THEN 4
    WHEN 'cancelled' THEN 3 WHEN 'new' THEN 1 ELSE 0 END)
    FROM outbox o WHERE o.dialog = {k}.dialog AND o.n = {k}.n)"""
_STATE = """CASE w.worst WHEN 5 THEN 'failed' WHEN 4 THEN 'unknown' WHEN 3 THEN 'cancelled'
    WHEN 1 THEN 'new'
    ELSE CASE WHEN m.delivery IN ('delivered', 'seen') THEN m.delivery ELSE 'sent' END END"""

#: A line that is one message needs no look at its parts.
LINE_IS = each(
    """UPDATE message SET
         delivery = CASE WHEN ?6 = 'sent' AND delivery IN ('delivered', 'seen') THEN delivery
                         ELSE ?6 END,
         platform_id = ?3, error = ?4, attempt_at = coalesce(attempt_at, ?5),
         sent_at = CASE WHEN ?6 = 'sent' THEN coalesce(sent_at, ?5) ELSE sent_at END,
         failed_at = CASE WHEN ?6 = 'failed' THEN ?5 ELSE failed_at END
       WHERE dialog = ?1 AND n = ?2
         AND NOT (?6 IN ('new', 'unknown') AND delivery IN ('sent', 'delivered', 'seen'))""",
    """UPDATE message m SET
         delivery = CASE WHEN k.state = 'sent' AND m.delivery IN ('delivered', 'seen')
                         THEN m.delivery ELSE k.state END,
         platform_id = k.platform_id, error = k.code, attempt_at = coalesce(m.attempt_at, k.at),
         sent_at = CASE WHEN k.state = 'sent' THEN coalesce(m.sent_at, k.at) ELSE m.sent_at END,
         failed_at = CASE WHEN k.state = 'failed' THEN k.at ELSE m.failed_at END
       FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
         AS k(dialog, n, platform_id, code, at, state)
       WHERE m.dialog = k.dialog AND m.n = k.n
         AND NOT (k.state IN ('new', 'unknown') AND m.delivery IN ('sent', 'delivered', 'seen'))
    """,
)

#: A line is as bad as the worst of its parts; sent only when all of them are.
LINE_STATE = each(
    """UPDATE message AS m SET delivery = """
    + _STATE
    + """, platform_id = CASE WHEN ?3 = '' THEN m.platform_id ELSE ?3 END,
         error = ?4, attempt_at = coalesce(m.attempt_at, ?5),
         sent_at = CASE WHEN w.worst = 0 THEN coalesce(m.sent_at, ?5) ELSE m.sent_at END,
         failed_at = CASE WHEN w.worst = 5 THEN ?5 ELSE m.failed_at END
       FROM (SELECT """
    + _RANK.format(k="k")
    + """ AS worst FROM (SELECT ?1 AS dialog, ?2 AS n) k) w
       WHERE m.dialog = ?1 AND m.n = ?2""",
    """UPDATE message m SET delivery = """
    + _STATE
    + """, platform_id = CASE WHEN w.platform_id = '' THEN m.platform_id ELSE w.platform_id END,
         error = w.code, attempt_at = coalesce(m.attempt_at, w.at),
         sent_at = CASE WHEN w.worst = 0 THEN coalesce(m.sent_at, w.at) ELSE m.sent_at END,
         failed_at = CASE WHEN w.worst = 5 THEN w.at ELSE m.failed_at END
       FROM (SELECT k.*, """
    + _RANK.format(k="k")
    + """ AS worst
             FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
               AS k(dialog, n, platform_id, code, at)) w
       WHERE m.dialog = w.dialog AND m.n = w.n""",
)

STATE_EVENT = each(
    "INSERT INTO desk_event (topic, dialog, version, kind, by, first_n, at)"
    " SELECT 'dialog', id, version, 'message_state', '', ?2, ?3 FROM dialog WHERE id = ?1",
    "INSERT INTO desk_event (topic, dialog, version, kind, by, first_n, at)"
    " SELECT 'dialog', d.id, d.version, 'message_state', '', k.n, k.at"
    " FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS k(dialog, n, at)"
    " JOIN dialog d ON d.id = k.dialog",
)
