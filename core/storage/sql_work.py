"""Statements of timers and service calls."""

from core.storage.statement import Statement, each, hits, once

DUE_TIMERS = once(
    "SELECT dialog, kind, gen FROM timer WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
    "SELECT dialog, kind, gen FROM timer WHERE due_at <= $1::timestamptz"
    " ORDER BY due_at LIMIT $2::int",
)

#: The same for who keeps to one chat.
DUE_OWN_TIMERS = once(
    "SELECT t.dialog, t.kind, t.gen FROM dialog d JOIN timer t ON t.dialog = d.id"
    " WHERE d.channel = ?3 AND d.chat = ?4 AND t.due_at <= ?1 ORDER BY t.due_at LIMIT ?2",
    "SELECT t.dialog, t.kind, t.gen FROM dialog d JOIN timer t ON t.dialog = d.id"
    " WHERE d.channel = $3::text AND d.chat = $4::text AND t.due_at <= $1::timestamptz"
    " ORDER BY t.due_at LIMIT $2::int",
)

#: Dialogs that a turn is saving right now fire at the next tick: never wait while holding.
FREE_RUNS = once(
    "SELECT r.dialog FROM json_each(?) k JOIN dialog_run r ON r.dialog = k.value",
    "SELECT dialog FROM dialog_run WHERE dialog = ANY($1::text[])"
    " ORDER BY dialog FOR UPDATE SKIP LOCKED",
)

TAKE_TIMER = each(
    "DELETE FROM timer WHERE dialog = ? AND kind = ? AND gen = ? RETURNING dialog, kind, gen",
    "DELETE FROM timer t USING unnest($1::text[], $2::text[], $3::int[]) AS k(dialog, kind, gen)"
    " WHERE t.dialog = k.dialog AND t.kind = k.kind AND t.gen = k.gen"
    " RETURNING t.dialog, t.kind, t.gen",
    returns=True,
)


def _claim_calls(own_sqlite: str = "", own_postgres: str = "") -> Statement:
    """own_…: a further condition."""
    return once(
        "SELECT key, dialog, identity, channel, chat, service, arguments, sealed, timeout, tries,"
        f" epoch + 1 FROM call WHERE due_at <= ?2{own_sqlite} ORDER BY due_at LIMIT ?4",
        f"""WITH ready AS MATERIALIZED (
         SELECT key FROM call
         WHERE due_at <= $2::timestamptz
           AND (owner IS NULL OR lease_until <= clock_timestamp()){own_postgres}
         ORDER BY due_at LIMIT $4::int FOR UPDATE SKIP LOCKED)
       UPDATE call c SET owner = $1::text, epoch = c.epoch + 1, tries = c.tries + 1,
         lease_until = clock_timestamp() + $3::bigint * interval '1 microsecond',
         due_at = $2::timestamptz + $3::bigint * interval '1 microsecond'
       FROM ready WHERE c.key = ready.key
       RETURNING c.key, c.dialog, c.identity, c.channel, c.chat, c.service, c.arguments,
         c.sealed, c.timeout, c.tries - 1, c.epoch""",
    )


#: As sql_turn.CLAIM, for calls.
CLAIM_CALLS = _claim_calls()
CLAIM_OWN_CALLS = _claim_calls(
    " AND channel = ?5 AND chat = ?6", " AND channel = $5::text AND chat = $6::text"
)

MARK_CALLS = each(
    "UPDATE call SET owner = ?2, epoch = epoch + 1, tries = tries + 1, lease_until = ?3,"
    " due_at = ?3 WHERE key = ?1",
    "",
)

#: The result is the update's payload, sealed or not.
FINISH_CALL = hits(
    "UPDATE call SET state = 'done', owner = NULL, lease_until = NULL, due_at = NULL,"
    " done_at = ?4, result = ?5, result_sealed = ?6"
    " WHERE key = ?1 AND owner = ?2 AND epoch = ?3 AND state = 'new'",
    """WITH held AS MATERIALIZED (
         SELECT c.key, k.owner, k.epoch, k.at, k.result, k.sealed
         FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::bytea[], $6::bool[])
           AS k(key, owner, epoch, at, result, sealed)
         JOIN call c ON c.key = k.key AND c.owner = k.owner AND c.epoch = k.epoch
           AND c.state = 'new'
         ORDER BY c.key FOR UPDATE OF c)
       UPDATE call c SET state = 'done', owner = NULL, lease_until = NULL, due_at = NULL,
         done_at = h.at, result = h.result, result_sealed = h.sealed
       FROM held h WHERE c.key = h.key RETURNING c.key, h.owner, h.epoch""",
)
