"""Statements around the hot path: bundles, cursors, poison, tries, files, queues, operators."""

from datetime import timedelta

from core.storage.statement import each, insert, once

PUT_BUNDLE = insert(
    "bundle",
    "sha256 text, content bytea, created_at timestamptz, activated_by text, broken_reason text",
    "ON CONFLICT (sha256) DO NOTHING",
)

_BUNDLE = "sha256, created_at, activated_at, activated_by, broken_reason"
BUNDLE = once(
    f"SELECT {_BUNDLE}, content FROM bundle WHERE sha256 = ?",
    f"SELECT {_BUNDLE}, content FROM bundle WHERE sha256 = $1::text",
)
_LAST_FIRST = "ORDER BY activated_at DESC NULLS LAST, created_at DESC, sha256"
BUNDLES = once(
    f"SELECT {_BUNDLE} FROM bundle {_LAST_FIRST}",
    f"SELECT {_BUNDLE} FROM bundle {_LAST_FIRST}",
)
_ACTIVE = (
    f"SELECT {_BUNDLE}, content FROM bundle"
    f" WHERE activated_at IS NOT NULL AND broken_at IS NULL {_LAST_FIRST} LIMIT 1"
)
ACTIVE_BUNDLE = once(_ACTIVE, _ACTIVE)

ACTIVATE_BUNDLE = once(
    "UPDATE bundle SET activated_at = ?3, activated_by = ?2, broken_at = NULL,"
    " broken_reason = '' WHERE sha256 = ?1 RETURNING sha256",
    "UPDATE bundle SET activated_at = $3::timestamptz, activated_by = $2::text,"
    " broken_at = NULL, broken_reason = '' WHERE sha256 = $1::text RETURNING sha256",
)
BREAK_BUNDLE = once(
    "UPDATE bundle SET broken_at = ?3, broken_reason = ?2 WHERE sha256 = ?1",
    "UPDATE bundle SET broken_at = $3::timestamptz, broken_reason = $2::text"
    " WHERE sha256 = $1::text",
)

CURSOR = once(
    "SELECT value FROM channel_cursor WHERE channel = ?",
    "SELECT value FROM channel_cursor WHERE channel = $1::text",
)
PUT_CURSOR = insert(
    "channel_cursor",
    "channel text, value text, at timestamptz",
    "ON CONFLICT (channel) DO UPDATE SET value = excluded.value, at = excluded.at",
)

_POISON = (
    "ON CONFLICT (channel, sha256)"
    " DO UPDATE SET times = poison.times + 1, last_at = excluded.last_at RETURNING times"
)
SEE_POISON = insert(
    "poison",
    "channel text, sha256 text, sample text, times int, first_at timestamptz, last_at timestamptz",
    _POISON,
)._replace(form="rows")

#: SQLite has one writer anyway; here two tries at once must see each other.
LOCK_TRIES = once("", "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7405))")
COUNT_TRIES = once(
    "SELECT count(*) FROM attempt WHERE key = ?1 AND at > ?2",
    "SELECT count(*) FROM attempt WHERE key = $1::text AND at > $2::timestamptz",
)
NEW_TRY = insert("attempt", "key text, at timestamptz, expires_at timestamptz")

PUT_ATTACHMENT = insert(
    "attachment",
    "id text, sha256 text, media_type text, size int, name text, storage_key text, width int,"
    " height int, state text, reason text, dialog text, client_id text, by text,"
    " derived_from text, created_at timestamptz",
    "ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, media_type = excluded.media_type,"
    " size = excluded.size, name = excluded.name, storage_key = excluded.storage_key,"
    " width = excluded.width, height = excluded.height, state = excluded.state,"
    " reason = excluded.reason, dialog = excluded.dialog, derived_from = excluded.derived_from",
)
_ATTACHMENT = (
    "id, sha256, media_type, size, name, storage_key, width, height, state, reason, dialog,"
    " client_id, by, derived_from"
)
ATTACHMENT = once(
    f"SELECT {_ATTACHMENT} FROM attachment WHERE id = ?",
    f"SELECT {_ATTACHMENT} FROM attachment WHERE id = $1::text",
)

EVENTS = once(
    "SELECT id, topic, dialog, version, kind, by, first_n, at FROM desk_event"
    " WHERE id > ?1 ORDER BY id LIMIT ?2",
    "SELECT id, topic, dialog, version, kind, by, first_n, at FROM desk_event"
    " WHERE id > $1::bigint ORDER BY id LIMIT $2::int",
)

_IN_HAND = "(SELECT count(*) FROM dialog d WHERE d.state = 'with_operator' AND d.operator = o.id)"
_MEMBERS = """FROM queue_member m JOIN operator o ON o.id = m.operator
    WHERE m.queue = q.id AND o.status = 'online' AND o.archived_at IS NULL"""
_QUEUES = f"""
    SELECT q.id, q.title, q.lang, q.assign, q.answer_within_s, q.warn_before_s, q.pick_within_s,
      q.calendar,
      (SELECT count(*) FROM dialog w WHERE w.state = 'queued' AND w.queue = q.id),
      (SELECT count(*) {_MEMBERS}),
      (SELECT count(*) {_MEMBERS} AND {_IN_HAND} < o."limit")
    FROM queue q WHERE NOT q.archived ORDER BY q.id
"""
QUEUES = once(_QUEUES, _QUEUES)

_HOURS = """
    SELECT id, version, zone, weekly, exceptions, always, effective_from FROM calendar
    ORDER BY id, effective_from, version
"""
HOURS = once(_HOURS, _HOURS)

#: A transfer that may still be taken back is nobody's yet.
_WAITING = """SELECT d.id, d.queue, d.state_rev, d.waiting_since FROM dialog d
       WHERE d.state = 'queued' AND d.queue {queues} AND NOT EXISTS (
         SELECT 1 FROM undo u
         WHERE u.dialog = d.id AND u.state_rev = d.state_rev AND u.until > {now})
       ORDER BY d.priority DESC, d.waiting_since, d.id LIMIT {limit}"""
WAITING = once(
    _WAITING.format(limit="?1", now="?2", queues="IN (SELECT value FROM json_each(?3))"),
    _WAITING.format(limit="$1::int", now="$2::timestamptz", queues="= ANY($3::text[])"),
)

_CANDIDATES = f"""
    SELECT operator, name, queue, in_hand, "limit" - in_hand, last_given_at, calendar FROM (
      SELECT o.id AS operator, o.name, m.queue, {_IN_HAND} AS in_hand, o."limit",
        o.last_given_at, q.calendar
      FROM queue q JOIN queue_member m ON m.queue = q.id JOIN operator o ON o.id = m.operator
      WHERE q.assign = 'auto' AND NOT q.archived AND o.status = 'online'
        AND o.archived_at IS NULL
        AND coalesce(o.last_seen_at, o.status_since, {{never}}) >= {{heard_since}}) c
    WHERE in_hand < "limit"
    ORDER BY in_hand, coalesce(last_given_at, {{never}}), operator, queue
"""
#: Who is on the line by name only, because nobody was there to miss them, gets nothing.
CANDIDATES = once(
    _CANDIDATES.format(never="0", heard_since="?1"),
    _CANDIDATES.format(never="'-infinity'", heard_since="$1::timestamptz"),
)

GIVEN = each(
    "UPDATE operator SET last_given_at = ?2 WHERE id = ?1",
    "UPDATE operator o SET last_given_at = k.at"
    " FROM unnest($1::text[], $2::timestamptz[]) AS k(id, at) WHERE o.id = k.id",
)

VANISH = once(
    """UPDATE operator SET status = 'offline', status_reason = 'lost', status_by = '',
         status_since = ?2, version = version + 1
       WHERE status <> 'offline' AND coalesce(last_seen_at, status_since, 0) < ?1
       RETURNING id""",
    """UPDATE operator SET status = 'offline', status_reason = 'lost', status_by = '',
         status_since = $2::timestamptz, version = version + 1
       WHERE status <> 'offline'
         AND coalesce(last_seen_at, status_since, '-infinity') < $1::timestamptz
       RETURNING id""",
)
END_STATUS = each(
    "UPDATE operator_status SET until = ?2 WHERE operator = ?1 AND until IS NULL",
    "UPDATE operator_status s SET until = k.at"
    " FROM unnest($1::text[], $2::timestamptz[]) AS k(operator, at)"
    " WHERE s.operator = k.operator AND s.until IS NULL",
)
NEW_STATUS = insert(
    "operator_status",
    "operator text, since timestamptz, status text, reason text, by text",
    "ON CONFLICT (operator, since) DO UPDATE SET status = excluded.status,"
    " reason = excluded.reason, until = NULL",
)
IN_HANDS = once(
    """SELECT d.operator, d.id FROM json_each(?) k JOIN dialog d
       ON d.state = 'with_operator' AND d.operator = k.value ORDER BY d.id""",
    """SELECT operator, id FROM dialog
       WHERE state = 'with_operator' AND operator = ANY($1::text[]) ORDER BY id""",
)

#: So long an account stays `linked` after its `verified` ended: long enough for whoever asks once
#: in a season, and not for ever, because contracts end and change hands.
LINKED_FOR = timedelta(days=365)
_DEMOTE = """UPDATE "grant" SET level = 'linked', until = until + {linked_for}
       WHERE (identity, account) IN (
         SELECT identity, account FROM "grant" WHERE {ended} LIMIT {limit})
       AND {ended} RETURNING 1"""
#: Ended `verified` grants get an end of their own as `linked` ones. The condition is asked again of
#: the row itself: a code may be entered at the very moment.
DEMOTE = once(
    _DEMOTE.format(
        linked_for=LINKED_FOR // timedelta(microseconds=1),
        ended="level = 'verified' AND until < ?1",
        limit="?2",
    ),
    _DEMOTE.format(
        linked_for=f"interval '{LINKED_FOR.days * 24} hours'",
        ended="level = 'verified' AND until < $1::timestamptz",
        limit="$2::int",
    ),
)

#: (table, its keys, its moment): rows whose moment has passed are forgotten.
EXPIRING = (
    ("update_key", "channel, key", "expires_at"),
    ("attempt", "id", "expires_at"),
    ("idempotency_key", "operator, key", "expires_at"),
    ("identity_use", "id", "expires_at"),
    ("secret", "key", "expires_at"),
    ("grant", "identity, account", "until"),
    ("remembered", "identity, slot", "until"),
    ("undo", "id", "until"),
)
#: The same for moments of the past: (table, keys, moment, hours kept).
AGEING = (
    ("desk_event", "id", "at", 48),
    ("poison", "channel, sha256", "last_at", 24 * 30),
    ("pace", "channel, scope", "at", 24),
)
#: What stays all the same. The newest event: SQLite gives out ids after the greatest there is, and
#: desks that were away would resume behind a number that came again. `verified` grants: see DEMOTE.
_KEPT = {
    "desk_event": " AND id < (SELECT max(id) FROM desk_event)",
    "grant": " AND level <> 'verified'",
}


def forget(table: str, keys: str, column: str) -> str:
    """A bounded delete of rows older than a moment; `{at}` and `{limit}` are the parameters."""
    return (
        f'DELETE FROM "{table}" WHERE ({keys}) IN (SELECT {keys} FROM "{table}"'
        f" WHERE {column} < {{at}}{_KEPT.get(table, '')} LIMIT {{limit}}) RETURNING 1"
    )


FORGET = tuple(
    (
        once(
            forget(table, keys, column).format(at="?1", limit="?2"),
            forget(table, keys, column).format(at="$1::timestamptz", limit="$2::int"),
        ),
        hours,
    )
    for table, keys, column, hours in (*((*row, 0) for row in EXPIRING), *AGEING)
)
