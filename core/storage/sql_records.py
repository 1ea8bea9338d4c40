"""Statements of the rarer effects: records, levels, memory, marks on messages, reachability."""

from collections.abc import Mapping

from core.records import Closing, Escalation, Holding, QueueStay, Rating
from core.storage.statement import Statement, each, insert, once, packed


def _names(columns: str) -> tuple[str, ...]:
    return tuple(column.split()[0] for column in columns.split(","))


def _keyed(columns: str, keys: str) -> str:
    """An upsert that replaces all but the keys."""
    names = _names(columns)
    wanted = [name for name in names if name not in keys.split(", ")]
    sets = ", ".join(f"{name} = excluded.{name}" for name in wanted)
    return f"ON CONFLICT ({keys}) DO UPDATE SET {sets}"


_ESCALATION = (
    "dialog text, n int, kind text, reason text, queue text, escalated_at timestamptz,"
    " in_hours bool, summary text, scenario text, step text, slots text, intent text,"
    " confidence float8, misses int, first_n int, first_operator text,"
    " first_human_at timestamptz, ended_at timestamptz, ended_by text"
)
_STAY = "dialog text, n int, queue text, entered_at timestamptz, why text, left_at timestamptz"
_HOLDING = (
    "dialog text, n int, operator text, name text, queue text, how text, taken_at timestamptz,"
    " first_n int, first_text_at timestamptz, ended_at timestamptz, ended_why text"
)
_CLOSING = (
    "dialog text, n int, closed_at timestamptz, closed_by text, result text, operator text,"
    " reopened_at timestamptz, undone_at timestamptz"
)
_RATING = (
    "dialog text, n int, metric text, scale_low int, scale_high int, question text,"
    " asked_at timestamptz, answered_at timestamptz, changed_at timestamptz,"
    " withdrawn_at timestamptz, value int, first_value int, comment text, operator text,"
    " queue text, channel text, not_asked text"
)

_RECORDS: Mapping[type, tuple[str, str]] = {
    Escalation: ("escalation", _ESCALATION),
    QueueStay: ("queue_stay", _STAY),
    Holding: ("holding", _HOLDING),
    Closing: ("closing", _CLOSING),
    Rating: ("rating", _RATING),
}
PUT_RECORD: Mapping[type, Statement] = {
    record: insert(table, columns, _keyed(columns, "dialog, n"))
    for record, (table, columns) in _RECORDS.items()
}
FORGET_RECORD: Mapping[type, Statement] = {
    record: each(
        f"DELETE FROM {table} WHERE dialog = ? AND n = ?",
        f"DELETE FROM {table} t USING unnest($1::text[], $2::int[]) AS k(dialog, n)"
        " WHERE t.dialog = k.dialog AND t.n = k.n",
    )
    for record, (table, _) in _RECORDS.items()
}
RECORD_COLUMNS: Mapping[type, tuple[str, ...]] = {
    record: _names(columns) for record, (_, columns) in _RECORDS.items()
}

_VERSION = (
    "SELECT coalesce(max(c.version), 0) FROM calendar c JOIN queue q ON q.calendar = c.id"
    " WHERE q.id = escalation.queue"
)
#: Which version of the entry queue's hours was in force; it never changes afterwards.
CALENDAR_OF = each(
    f"UPDATE escalation SET calendar_version = ({_VERSION})"
    " WHERE dialog = ? AND n = ? AND calendar_version = 0",
    f"UPDATE escalation SET calendar_version = ({_VERSION})"
    " FROM unnest($1::text[], $2::int[]) AS k(dialog, n)"
    " WHERE escalation.dialog = k.dialog AND escalation.n = k.n AND calendar_version = 0",
)

ASKED_NPS = each(
    "UPDATE customer SET asked_nps_at = ?2 WHERE id = (SELECT customer FROM dialog WHERE id = ?1)",
    "UPDATE customer c SET asked_nps_at = k.at"
    " FROM unnest($1::text[], $2::timestamptz[]) AS k(dialog, at)"
    " JOIN dialog d ON d.id = k.dialog WHERE c.id = d.customer",
)

#: When this person last answered a question about the service, whatever was asked.
RATED = each(
    "UPDATE customer SET rated_at = ?2 WHERE id = (SELECT customer FROM dialog WHERE id = ?1)",
    "UPDATE customer c SET rated_at = k.at"
    " FROM unnest($1::text[], $2::timestamptz[]) AS k(dialog, at)"
    " JOIN dialog d ON d.id = k.dialog WHERE c.id = d.customer",
)

_GRANT = "identity text, account text, level text, until timestamptz"
PUT_GRANT = insert('"grant"', _GRANT, _keyed(_GRANT, "identity, account"))

_REMEMBERED = "identity text, slot text, value text, until timestamptz"
PUT_REMEMBERED = insert("remembered", _REMEMBERED, _keyed(_REMEMBERED, "identity, slot"))

NEW_PHRASE = insert(
    "phrase",
    "dialog text, seq int, text text, scenario text, at timestamptz",
    "ON CONFLICT (dialog, seq) DO UPDATE SET text = excluded.text, scenario = excluded.scenario",
)

#: A queue named by a scenario that nobody made is open 24/7 and has no members.
ENSURE_QUEUE = insert(
    "queue",
    "id text, title text, lang text, calendar text, answer_within_s int, warn_before_s int,"
    " pick_within_s int, assign text, archived bool, created_at timestamptz, version int",
    "ON CONFLICT (id) DO NOTHING",
)

# A message may belong to this dialog of the chat or to the one before it, never to older ones.
_RECENT_SQLITE = (
    "(SELECT id FROM dialog WHERE channel = ?1 AND chat = ?2 ORDER BY opened_at DESC LIMIT 2)"
)
_RECENT_POSTGRES = (
    "(SELECT id FROM dialog WHERE channel = k.channel AND chat = k.chat"
    " ORDER BY opened_at DESC LIMIT 2)"
)

#: The sixth column is the text as a secret answer shows it: what was masked stays so when edited.
#: Platforms tell of edits that change no word: a preview came, somebody added a reaction. They may
#: also tell of two edits in the wrong order: the last column is the platform's, 0 when unknown.
AMEND = each(
    f"""UPDATE message SET text = coalesce(CASE WHEN masked THEN ?6 ELSE ?4 END, text),
          masked = masked OR ?7,
          edited_at = CASE WHEN coalesce(CASE WHEN masked THEN ?6 ELSE ?4 END, text) = text
                      THEN edited_at ELSE ?5 END,
          deleted_at = CASE WHEN ?4 IS NULL THEN ?5 ELSE deleted_at END,
          edit_order = max(coalesce(edit_order, 0), ?8)
        WHERE platform_id = ?3 AND direction = 'in' AND dialog IN {_RECENT_SQLITE}
          AND (?8 = 0 OR ?8 >= coalesce(edit_order, 0))""",
    f"""UPDATE message m
        SET text = coalesce(CASE WHEN m.masked THEN k.hidden ELSE k.text END, m.text),
          masked = m.masked OR k.masked,
          edited_at = CASE WHEN coalesce(CASE WHEN m.masked THEN k.hidden ELSE k.text END, m.text)
                        = m.text THEN m.edited_at ELSE k.at END,
          deleted_at = CASE WHEN k.text IS NULL THEN k.at ELSE m.deleted_at END,
          edit_order = greatest(coalesce(m.edit_order, 0), k.edit_order)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
                    $7::bool[], $8::bigint[])
          AS k(channel, chat, platform_id, text, at, hidden, masked, edit_order)
        WHERE m.platform_id = k.platform_id AND m.direction = 'in'
          AND m.dialog IN {_RECENT_POSTGRES}
          AND (k.edit_order = 0 OR k.edit_order >= coalesce(m.edit_order, 0))""",
)

#: Rows a platform's word may be about, newest first.
MARKED_ROWS = each(
    f"""SELECT id, dialog, n, state, platform_id, attempt_at, hold FROM outbox
        WHERE dialog IN {_RECENT_SQLITE} ORDER BY id DESC LIMIT 200""",
    f"""SELECT o.id, o.dialog, o.n, o.state, o.platform_id, o.attempt_at, o.hold
        FROM unnest($1::text[], $2::text[]) AS k(channel, chat)
        JOIN LATERAL (SELECT * FROM outbox WHERE dialog IN {_RECENT_POSTGRES}
                      ORDER BY id DESC LIMIT 200) o ON true""",
    returns=True,
)

#: Lines of which the platform said no more than that it took them.
QUIET_LINES = packed(
    """SELECT m.dialog, m.n FROM json_each(?) k JOIN message m
         ON m.dialog = json_extract(k.value, '$[0]') AND m.n = json_extract(k.value, '$[1]')
       WHERE m.delivery = 'sent'""",
    """SELECT m.dialog, m.n FROM unnest($1::text[], $2::int[]) AS k(dialog, n)
       JOIN message m ON m.dialog = k.dialog AND m.n = k.n WHERE m.delivery = 'sent'""",
)

PROVE_ROW = each(
    """UPDATE outbox SET state = 'sent', hold = false, done_at = ?3, not_before = NULL,
         platform_id = CASE WHEN ?2 = '' THEN platform_id ELSE ?2 END WHERE id = ?1""",
    """UPDATE outbox o SET state = 'sent', hold = false, done_at = k.at, not_before = NULL,
         platform_id = CASE WHEN k.platform_id = '' THEN o.platform_id ELSE k.platform_id END
       FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS k(id, platform_id, at)
       WHERE o.id = k.id""",
)

#: Rows that were put off; those that nobody tried yet wait for another reason.
HASTEN = each(
    """UPDATE outbox SET not_before = NULL WHERE channel = ?1 AND chat = ?2 AND state = 'new'
         AND not_before IS NOT NULL AND attempt_at IS NOT NULL""",
    """UPDATE outbox o SET not_before = NULL
       FROM unnest($1::text[], $2::text[]) AS k(channel, chat)
       WHERE o.channel = k.channel AND o.chat = k.chat AND o.state = 'new'
         AND o.not_before IS NOT NULL AND o.attempt_at IS NOT NULL""",
)

#: A platform's word raises a line (sent, delivered, seen) or fails it, it never lowers it. Comes
#: back with the lines that changed.
MARK_LINE = each(
    """UPDATE message SET delivery = ?3,
         sent_at = CASE WHEN ?3 = 'failed' THEN sent_at ELSE coalesce(sent_at, ?5) END,
         delivered_at = CASE WHEN ?3 = 'delivered' THEN coalesce(delivered_at, ?5)
                             ELSE delivered_at END,
         seen_at = CASE WHEN ?3 = 'seen' THEN coalesce(seen_at, ?5) ELSE seen_at END,
         failed_at = CASE WHEN ?3 = 'failed' THEN ?5 ELSE failed_at END,
         error = CASE WHEN ?4 = '' THEN error ELSE ?4 END
       WHERE dialog = ?1 AND n = ?2 AND delivery <> ?3
         AND NOT (?3 IN ('sent', 'delivered') AND delivery = 'seen')
         AND NOT (?3 = 'sent' AND delivery = 'delivered')
       RETURNING dialog, n""",
    """UPDATE message m SET delivery = k.state,
         sent_at = CASE WHEN k.state = 'failed' THEN m.sent_at ELSE coalesce(m.sent_at, k.at) END,
         delivered_at = CASE WHEN k.state = 'delivered' THEN coalesce(m.delivered_at, k.at)
                             ELSE m.delivered_at END,
         seen_at = CASE WHEN k.state = 'seen' THEN coalesce(m.seen_at, k.at) ELSE m.seen_at END,
         failed_at = CASE WHEN k.state = 'failed' THEN k.at ELSE m.failed_at END,
         error = CASE WHEN k.code = '' THEN m.error ELSE k.code END
       FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
         AS k(dialog, n, state, code, at)
       WHERE m.dialog = k.dialog AND m.n = k.n AND m.delivery <> k.state
         AND NOT (k.state IN ('sent', 'delivered') AND m.delivery = 'seen')
         AND NOT (k.state = 'sent' AND m.delivery = 'delivered')
       RETURNING m.dialog, m.n""",
    returns=True,
)

FAIL_ROW = each(
    "UPDATE outbox SET state = 'failed', code = ?2, done_at = ?3 WHERE id = ?1",
    "UPDATE outbox o SET state = 'failed', code = k.code, done_at = k.at"
    " FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS k(id, code, at)"
    " WHERE o.id = k.id",
)

#: An operator sends a message once more: every part that did not surely arrive.
RESEND_LINE = each(
    """UPDATE outbox SET state = 'new', tries = 0, hold = false, not_before = NULL, code = ''
       WHERE dialog = ?1 AND n = ?2 AND state IN ('unknown', 'failed', 'cancelled')""",
    """UPDATE outbox o SET state = 'new', tries = 0, hold = false, not_before = NULL, code = ''
       FROM unnest($1::text[], $2::int[]) AS k(dialog, n)
       WHERE o.dialog = k.dialog AND o.n = k.n AND o.state IN ('unknown', 'failed', 'cancelled')""",
)
RESENT_LINE = each(
    "UPDATE message SET delivery = 'new', error = '', failed_at = NULL"
    " WHERE dialog = ?1 AND n = ?2",
    "UPDATE message m SET delivery = 'new', error = '', failed_at = NULL"
    " FROM unnest($1::text[], $2::int[]) AS k(dialog, n)"
    " WHERE m.dialog = k.dialog AND m.n = k.n",
)

#: An operator knows that it arrived.
ARRIVED_LINE = each(
    """UPDATE outbox SET state = 'sent', hold = false, not_before = NULL, done_at = ?3
       WHERE dialog = ?1 AND n = ?2 AND state IN ('unknown', 'failed')""",
    """UPDATE outbox o SET state = 'sent', hold = false, not_before = NULL, done_at = k.at
       FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS k(dialog, n, at)
       WHERE o.dialog = k.dialog AND o.n = k.n AND o.state IN ('unknown', 'failed')""",
)

REACH = each(
    "UPDATE chat_run SET unreachable = ?3, unreachable_at = ?4 WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET unreachable = k.reason, unreachable_at = k.at"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])"
    " AS k(channel, chat, reason, at) WHERE c.channel = k.channel AND c.chat = k.chat",
)

#: What was still to be sent to somebody who cannot be reached.
CANCEL_CHAT = each(
    """UPDATE outbox SET state = 'cancelled', code = ?3, done_at = ?4, hold = false
       WHERE channel = ?1 AND chat = ?2 AND state IN ('new', 'unknown')
       RETURNING dialog, n""",
    """UPDATE outbox o SET state = 'cancelled', code = k.reason, done_at = k.at, hold = false
       FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
         AS k(channel, chat, reason, at)
       WHERE o.channel = k.channel AND o.chat = k.chat AND o.state IN ('new', 'unknown')
       RETURNING o.dialog, o.n""",
    returns=True,
)
#: An operator's own line; the customer has seen the change, or was never sent the line.
REWRITE = each(
    """UPDATE message SET text = coalesce(?3, text),
         edited_at = CASE WHEN ?3 IS NULL THEN edited_at ELSE ?4 END,
         deleted_at = CASE WHEN ?3 IS NULL THEN ?4 ELSE deleted_at END
       WHERE dialog = ?1 AND n = ?2""",
    """UPDATE message m SET text = coalesce(k.text, m.text),
         edited_at = CASE WHEN k.text IS NULL THEN m.edited_at ELSE k.at END,
         deleted_at = CASE WHEN k.text IS NULL THEN k.at ELSE m.deleted_at END
       FROM unnest($1::text[], $2::int[], $3::text[], $4::timestamptz[]) AS k(dialog, n, text, at)
       WHERE m.dialog = k.dialog AND m.n = k.n""",
)

#: Tags are a JSON list of texts, so they are read, changed and written; the run row is locked.
TAGS_OF = once(
    "SELECT id, tags FROM dialog WHERE id IN (SELECT value FROM json_each(?))",
    "SELECT id, tags FROM dialog WHERE id = ANY($1::text[])",
)
SORTED = each(
    "UPDATE dialog SET tags = ?2, priority = coalesce(?3, priority) WHERE id = ?1",
    "UPDATE dialog d SET tags = k.tags, priority = coalesce(k.priority, d.priority)"
    " FROM unnest($1::text[], $2::text[], $3::int[]) AS k(id, tags, priority)"
    " WHERE d.id = k.id",
)

#: What still waits of a line, because its dialog went another way meanwhile.
UNSEND_LINE = each(
    """UPDATE outbox SET state = 'cancelled', done_at = ?3, hold = false, not_before = NULL
       WHERE dialog = ?1 AND n = ?2 AND state = 'new' RETURNING dialog, n""",
    """UPDATE outbox o SET state = 'cancelled', done_at = k.at, hold = false, not_before = NULL
       FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS k(dialog, n, at)
       WHERE o.dialog = k.dialog AND o.n = k.n AND o.state = 'new'
       RETURNING o.dialog, o.n""",
    returns=True,
)
NEW_UNDO = insert(
    "undo",
    "id text, dialog text, operator text, action text, state_rev int, before bytea,"
    " at timestamptz, until timestamptz",
    "ON CONFLICT (id) DO NOTHING",
)
CANCELLED_LINE = each(
    "UPDATE message SET delivery = 'cancelled', error = ?3 WHERE dialog = ?1 AND n = ?2",
    "UPDATE message m SET delivery = 'cancelled', error = k.code"
    " FROM unnest($1::text[], $2::int[], $3::text[]) AS k(dialog, n, code)"
    " WHERE m.dialog = k.dialog AND m.n = k.n",
)
