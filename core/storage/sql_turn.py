"""Statements of a turn: claim, load, release, write what it decided."""

from core.storage.sql_intake import FREE_CHAT
from core.storage.statement import each, hits, insert, once, packed

_RUN = "r.dialog, r.epoch, r.seq_done, r.tries"

_TAKE_RUNS = f"""UPDATE dialog_run r SET owner = $1::text, epoch = r.epoch + 1,
          lease_until = clock_timestamp() + $3::bigint * interval '1 microsecond',
          due_at = $2::timestamptz + $3::bigint * interval '1 microsecond'
        FROM ready WHERE r.dialog = ready.dialog
        RETURNING {_RUN}, ready.due_at"""

#: SQLite looks first and marks after (MARK_RUNS): with nothing ready nothing is written.
#: While leased, due_at is the lease's end on the clock of the worker, lease_until its end on the
#: clock of the database; an abandoned dialog is ready when both have passed.
CLAIM = once(
    "SELECT r.dialog, r.epoch + 1, r.seq_done, r.tries FROM dialog_run r"
    " WHERE r.due_at <= ?2 ORDER BY r.due_at LIMIT ?4",
    f"""WITH ready AS MATERIALIZED (
          SELECT dialog, due_at FROM dialog_run
          WHERE due_at <= $2::timestamptz
            AND (owner IS NULL OR lease_until <= clock_timestamp())
          ORDER BY due_at LIMIT $4::int FOR UPDATE SKIP LOCKED)
        {_TAKE_RUNS}""",
)

#: The same for who keeps to one chat.
CLAIM_OWN = once(
    "SELECT r.dialog, r.epoch + 1, r.seq_done, r.tries FROM dialog d"
    " JOIN dialog_run r ON r.dialog = d.id"
    " WHERE d.channel = ?5 AND d.chat = ?6 AND r.due_at <= ?2 ORDER BY r.due_at LIMIT ?4",
    f"""WITH ready AS MATERIALIZED (
          SELECT r.dialog, r.due_at FROM dialog d JOIN dialog_run r ON r.dialog = d.id
          WHERE d.channel = $5::text AND d.chat = $6::text AND r.due_at <= $2::timestamptz
            AND (r.owner IS NULL OR r.lease_until <= clock_timestamp())
          ORDER BY r.due_at LIMIT $4::int FOR UPDATE OF r SKIP LOCKED)
        {_TAKE_RUNS}""",
)

MARK_RUNS = each(
    "UPDATE dialog_run SET owner = ?2, epoch = epoch + 1, lease_until = ?3, due_at = ?3"
    " WHERE dialog = ?1",
    "",
)

LOAD_DIALOGS = once(
    "SELECT d.id, d.blob FROM json_each(?) k JOIN dialog d ON d.id = k.value",
    "SELECT id, blob FROM dialog WHERE id = ANY($1::text[])",
)

#: At most ?2 updates per dialog and claim: a flood of one chat must not slow the others.
LOAD_UPDATES = once(
    """SELECT u.dialog, u.seq, u.payload, u.sealed, u.received_at FROM json_each(?1) k
       JOIN dialog_run r ON r.dialog = k.value
       JOIN "update" u ON u.dialog = r.dialog AND u.seq > r.seq_done AND u.seq <= r.seq_done + ?2
       ORDER BY u.dialog, u.seq""",
    """SELECT u.dialog, u.seq, u.payload, u.sealed, u.received_at FROM dialog_run r
       JOIN "update" u ON u.dialog = r.dialog AND u.seq > r.seq_done
        AND u.seq <= r.seq_done + $2::int
       WHERE r.dialog = ANY($1::text[]) ORDER BY u.dialog, u.seq""",
)


def _known(source: str, channel: str, key: str, identity: str) -> str:
    """What is known of keys of updates, and of people: levels for accounts, slots still remembered,
    when they were asked for NPS and when they last rated."""
    none, never = "CAST(NULL AS int)", "CAST(NULL AS timestamptz)"
    return f"""
        SELECT 'key', u.channel, u.key, u.dialog, u.seq, {never}, {never} FROM {source}
          JOIN update_key u ON u.channel = {channel} AND u.key = {key}
        UNION ALL
        SELECT g.level, g.identity, g.account, NULL, {none}, g.until, {never} FROM {source}
          JOIN "grant" g ON g.identity = {identity}
        UNION ALL
        SELECT 'slot', m.identity, m.slot, m.value, {none}, m.until, {never} FROM {source}
          JOIN remembered m ON m.identity = {identity}
        UNION ALL
        SELECT 'person', i.id, '', NULL, {none}, c.asked_nps_at, c.rated_at FROM {source}
          JOIN identity i ON i.id = {identity}
          JOIN customer c ON c.id = i.customer
          WHERE c.asked_nps_at IS NOT NULL OR c.rated_at IS NOT NULL"""


#: Rows of (channel, key, identity); an empty text asks nothing.
LOOK_UP = packed(
    _known("json_each(?1) k", *(f"json_extract(k.value, '$[{place}]')" for place in range(3))),
    "WITH k AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"
    " AS k(channel, key, identity))" + _known("k", "k.channel", "k.key", "k.identity"),
)

#: In the order of service, as in lists and in automatic assignment.
_PLACE = """
    d.id, (SELECT count(*) FROM dialog o WHERE o.state = 'queued' AND o.queue = d.queue
           AND (o.priority > d.priority OR (o.priority = d.priority
                AND (o.waiting_since, o.id) <= (d.waiting_since, d.id))))
"""
PLACES = once(
    f"SELECT {_PLACE} FROM json_each(?) k JOIN dialog d ON d.id = k.value",
    f"SELECT {_PLACE} FROM dialog d WHERE d.id = ANY($1::text[])",
)

#: Due again at once when updates came meanwhile: both columns are of the row under lock.
RELEASE = hits(
    """UPDATE dialog_run SET owner = NULL, lease_until = NULL, seq_done = ?4, error = ?5,
         parked_reason = ?6, secret = coalesce(?9, secret),
         closed_at = CASE WHEN ?9 IS NULL THEN closed_at ELSE ?10 END,
         tries = CASE WHEN ?5 = '' THEN 0 WHEN ?4 > seq_done THEN 1 ELSE tries + 1 END,
         due_at = CASE WHEN ?6 <> '' THEN NULL WHEN ?7 IS NOT NULL THEN ?7
                       WHEN seq_in = ?4 THEN NULL ELSE ?8 END
       WHERE dialog = ?1 AND owner = ?2 AND epoch = ?3""",
    """WITH held AS MATERIALIZED (
         SELECT r.dialog, k.seq, k.error, k.parked, k.retry_at, k.at, k.secret, k.closed_at
         FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[],
                     $7::timestamptz[], $8::timestamptz[], $9::bool[], $10::timestamptz[])
           AS k(dialog, owner, epoch, seq, error, parked, retry_at, at, secret, closed_at)
         JOIN dialog_run r ON r.dialog = k.dialog AND r.owner = k.owner AND r.epoch = k.epoch
         ORDER BY r.dialog FOR UPDATE OF r)
       UPDATE dialog_run r SET owner = NULL, lease_until = NULL, seq_done = h.seq,
         error = h.error, parked_reason = h.parked, secret = coalesce(h.secret, r.secret),
         closed_at = CASE WHEN h.secret IS NULL THEN r.closed_at ELSE h.closed_at END,
         tries = CASE WHEN h.error = '' THEN 0 WHEN h.seq > r.seq_done THEN 1
                      ELSE r.tries + 1 END,
         due_at = CASE WHEN h.parked <> '' THEN NULL WHEN h.retry_at IS NOT NULL THEN h.retry_at
                       WHEN r.seq_in = h.seq THEN NULL ELSE h.at END
       FROM held h WHERE r.dialog = h.dialog RETURNING r.dialog""",
)

#: The chats that get something to send, and whether nobody is at them and nothing else waits
#: there. The lock comes before the rows themselves, as in WAKE_CHAT.
CHATS_NOW = packed(
    f"""SELECT c.channel, c.chat, c.address, c.epoch + 1, {FREE_CHAT}
       FROM json_each(?) k JOIN chat_run c
         ON c.channel = json_extract(k.value, '$[0]') AND c.chat = json_extract(k.value, '$[1]')""",
    f"""SELECT c.channel, c.chat, c.address, c.epoch + 1, {FREE_CHAT}
       FROM unnest($1::text[], $2::text[]) AS k(channel, chat)
       JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat
       ORDER BY 1, 2 FOR UPDATE OF c""",
)

#: An idle chat goes straight to its sender: its first row may be on its way from here on.
TAKE_CHAT = each(
    "UPDATE chat_run SET owner = ?3, epoch = epoch + 1, lease_until = ?5, due_at = ?5,"
    " sending = true WHERE channel = ?1 AND chat = ?2",
    """UPDATE chat_run c SET owner = k.owner, epoch = c.epoch + 1, due_at = k.until, sending = true,
         lease_until = clock_timestamp() + k.lease * interval '1 microsecond'
       FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
         AS k(channel, chat, owner, lease, until)
       WHERE c.channel = k.channel AND c.chat = k.chat""",
)

#: Before the rows themselves: the lock on the chat makes a release see them (tables_dialog).
WAKE_CHAT = each(
    """UPDATE chat_run SET due_at = CASE WHEN owner IS NOT NULL THEN due_at
         ELSE min(coalesce(due_at, ?3), ?3) END WHERE channel = ?1 AND chat = ?2""",
    """WITH wanted AS MATERIALIZED (
         SELECT c.channel, c.chat, k.at
         FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS k(channel, chat, at)
         JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat
         ORDER BY 1, 2 FOR UPDATE OF c)
       UPDATE chat_run c SET due_at = CASE WHEN c.owner IS NOT NULL THEN c.due_at
         ELSE least(c.due_at, w.at) END
       FROM wanted w WHERE c.channel = w.channel AND c.chat = w.chat""",
)

_DIALOG = (
    "state text, queue text, operator text, operator_name text, version int, state_rev int,"
    " last_n int, last_customer_n int, lang text, customer_name text, topic text, result text,"
    " secret bool, human bool, gone text, blob bytea, preview_author text, preview_text text,"
    " preview_files int, preview_at timestamptz, waiting_kept bool, waiting_since timestamptz,"
    " updated_at timestamptz, first_customer_at timestamptz, last_customer_at timestamptz,"
    " first_bot_at timestamptz, last_bot_at timestamptz, bot_done_at timestamptz,"
    " first_human_at timestamptz, last_human_at timestamptz, closed_at timestamptz,"
    " bot_result text"
)


#: Of these alone where a dialog only went on with the bot: half the price, and the common case.
_STEP = (
    "version int, last_n int, last_customer_n int, topic text, secret bool, blob bytea,"
    " preview_author text, preview_text text, preview_files int, preview_at timestamptz,"
    " updated_at timestamptz, last_customer_at timestamptz, first_bot_at timestamptz,"
    " last_bot_at timestamptz"
)


def _save_dialog(listed: str) -> tuple[str, str]:
    """The widest statement, made from its list of columns so that both texts agree."""
    pairs = [column.split() for column in listed.split(",")]
    kept = ("preview_author", "preview_text", "preview_files", "preview_at")
    place = {name: f"?{i}" for i, (name, _) in enumerate(pairs, 2)}

    def sets(table: str, value: dict[str, str]) -> str:
        out = []
        for name, _ in pairs:
            if name in kept:
                out.append(f"{name} = coalesce({value[name]}, {table}{name})")
            elif name == "bot_done_at":
                out.append(f"{name} = coalesce({table}{name}, {value[name]})")
            elif name == "waiting_since":
                keep = f"coalesce({table}{name}, {value[name]})"
                out.append(
                    f"{name} = CASE WHEN {value['waiting_kept']} THEN {keep} ELSE {value[name]} END"
                )
            elif name != "waiting_kept":
                out.append(f"{name} = {value[name]}")
        return ", ".join(out)

    names = ", ".join(name for name, _ in pairs)
    arrays = ", ".join(f"${i}::{kind}[]" for i, (_, kind) in enumerate(pairs, 2))
    columns = {name: f"k.{name}" for name, _ in pairs}
    return (
        f"UPDATE dialog SET {sets('', place)} WHERE id = ?1",
        f"UPDATE dialog d SET {sets('d.', columns)} FROM unnest($1::text[], {arrays})"
        f" AS k(id, {names}) WHERE d.id = k.id",
    )


SAVE_DIALOG = each(*_save_dialog(_DIALOG))
SAVE_STEP = each(*_save_dialog(_STEP))

#: A dialog that is opened and turned in one transaction: what never changes, then what SAVE_DIALOG
#: writes.
NEW_TURNED_DIALOG = insert(
    "dialog",
    "id text, channel text, chat text, identity text, customer text, opened_at timestamptz,"
    " opened_by text, invitation text, " + _DIALOG.replace("waiting_kept bool, ", ""),
)

NEW_MESSAGE = insert(
    "message",
    "dialog text, n int, at timestamptz, direction text, author_kind text, author_id text,"
    " author_name text, kind text, text text, extra text, delivery text, platform_id text,"
    " client_id text, reply_to text, masked bool, code text, error text",
)

_OUTBOX = insert(
    "outbox",
    "channel text, chat text, dialog text, n int, part int, parts int, kind text, priority int,"
    " content bytea, state text, tries int, not_before timestamptz, hold bool,"
    " created_at timestamptz, platform_id text, code text",
    ordered=True,
)
NEW_OUTBOX = _OUTBOX._replace(postgres="")

#: Ids of the rows that NEW_OUTBOX just wrote on SQLite: one writer gives them one after another.
LAST_OUTBOX = once("SELECT max(id) FROM outbox", "")

#: The same rows on PostgreSQL, where their ids must be asked for.
NEW_OUTBOX_IDS = _OUTBOX._replace(
    sqlite="", postgres=f"{_OUTBOX.postgres} RETURNING id", form="rows"
)

NEW_EVENT = insert(
    "desk_event",
    "topic text, dialog text, version int, kind text, by text, first_n int, at timestamptz",
    ordered=True,
)

_CALL = (
    "key, dialog, channel, chat, identity, service, arguments, sealed, timeout, state, due_at,"
    " epoch, tries, created_at, result_sealed"
)
#: Some are taken with the turn that makes them: while leased, due_at is the end of the lease on the
#: clock of the worker, lease_until its end on the clock of the database.
NEW_CALL = each(
    f"""INSERT INTO call ({_CALL}, owner, lease_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?11, ?, ?, ?, ?, ?17,
                CASE WHEN ?17 IS NULL THEN NULL ELSE ?11 END)
        ON CONFLICT (key) DO NOTHING""",
    f"""INSERT INTO call ({_CALL}, owner, lease_until)
        SELECT {_CALL}, owner, CASE WHEN owner IS NOT NULL
          THEN clock_timestamp() + lease * interval '1 microsecond' END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                    $7::text[], $8::text[], $9::float8[], $10::text[], $11::timestamptz[],
                    $12::int[], $13::int[], $14::timestamptz[], $15::bool[], $16::bigint[],
                    $17::text[])
          AS k({_CALL}, lease, owner)
        ON CONFLICT (key) DO NOTHING""",
)

START_TIMER = insert(
    "timer",
    "dialog text, kind text, gen int, due_at timestamptz",
    "ON CONFLICT (dialog, kind) DO UPDATE SET gen = excluded.gen, due_at = excluded.due_at",
)

CANCEL_TIMER = each(
    "DELETE FROM timer WHERE dialog = ? AND kind = ?",
    "DELETE FROM timer t USING unnest($1::text[], $2::text[]) AS k(dialog, kind)"
    " WHERE t.dialog = k.dialog AND t.kind = k.kind",
)

REFUSE = each(
    'UPDATE "update" SET refusal = ?3 WHERE dialog = ?1 AND seq = ?2',
    'UPDATE "update" u SET refusal = k.refusal'
    " FROM unnest($1::text[], $2::int[], $3::text[]) AS k(dialog, seq, refusal)"
    " WHERE u.dialog = k.dialog AND u.seq = k.seq",
)

OUTCOME = once(
    'SELECT r.seq_done >= ?2, u.refusal FROM dialog_run r LEFT JOIN "update" u'
    " ON u.dialog = r.dialog AND u.seq = ?2 WHERE r.dialog = ?1",
    'SELECT r.seq_done >= $2::int, u.refusal FROM dialog_run r LEFT JOIN "update" u'
    " ON u.dialog = r.dialog AND u.seq = $2::int WHERE r.dialog = $1::text",
)

#: Woken for nothing, all was turned: nobody needs the lease.
REST = each(
    "UPDATE dialog_run SET owner = NULL, lease_until = NULL, due_at = NULL WHERE dialog = ?",
    "UPDATE dialog_run SET owner = NULL, lease_until = NULL, due_at = NULL"
    " WHERE dialog = ANY($1::text[])",
)

#: A dialog whose stored state cannot be read is set aside until somebody repairs it.
PARK = once(
    "UPDATE dialog_run SET owner = NULL, lease_until = NULL, due_at = NULL, tries = tries + 1,"
    " error = ?2, parked_reason = ?2 WHERE dialog = ?1",
    "UPDATE dialog_run SET owner = NULL, lease_until = NULL, due_at = NULL, tries = tries + 1,"
    " error = $2::text, parked_reason = $2::text WHERE dialog = $1::text",
)
