"""Statements of intake: where an update belongs, its number, its row.

On PostgreSQL every transaction locks chat_run before dialog_run and both in key order; that is
what keeps two of them from waiting for each other.
"""

from core.storage.statement import each, hits, insert, once, packed

#: Nobody is at the chat and nothing waits there to be sent.
FREE_CHAT = """c.owner IS NULL AND c.due_at IS NULL AND NOT EXISTS (SELECT 1 FROM outbox o
         WHERE o.channel = c.channel AND o.chat = c.chat AND o.state IN ('new', 'unknown')
           AND NOT o.hold)"""

_CHAT = f"c.channel, c.chat, c.dialog, c.seen_as, c.identity, c.address, c.epoch + 1, {FREE_CHAT}"
#: Nobody is at the dialog and nothing of it waits: a new update may be turned by whoever files it.
_IDLE = "r.owner IS NULL AND r.seq_in = r.seq_done AND r.tries = 0 AND r.parked_reason = ''"
#: Last number, whether what comes must be sealed, the next epoch, whether the dialog is idle, and
#: when it was closed if it is.
_RUN = f"r.dialog, r.seq_in, r.secret, r.epoch + 1, {_IDLE}, r.closed_at"
_BY_KEYS = "ON c.channel = json_extract(k.value, '$[0]') AND c.chat = json_extract(k.value, '$[1]')"

FIND_CHAT = packed(
    f"SELECT {_CHAT}, r.closed_at FROM json_each(?) k JOIN chat_run c {_BY_KEYS}"
    " LEFT JOIN dialog_run r ON r.dialog = c.dialog",
    f"SELECT {_CHAT}, r.closed_at FROM unnest($1::text[], $2::text[]) AS k(channel, chat)"
    " JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat"
    " LEFT JOIN dialog_run r ON r.dialog = c.dialog",
)

#: As FIND_CHAT, but nobody else may open a dialog in these chats, or put something there to be
#: sent, until we commit.
LOCK_CHAT = packed(
    FIND_CHAT.sqlite, f"{FIND_CHAT.postgres} ORDER BY c.channel, c.chat FOR UPDATE OF c"
)


def _both(chats: str, runs: str) -> str:
    """Locks on chats, and after all of them those on their dialogs, by one question: a row of chats
    or of dialogs, the other half of it NULL. The count is asked for first, and counts locked rows.
    """
    return f"""WITH c AS MATERIALIZED (
         SELECT c.channel, c.chat, c.dialog, c.seen_as, c.identity, c.address, c.epoch,
           {FREE_CHAT} AS is_free
         FROM {chats} ORDER BY c.channel, c.chat FOR UPDATE OF c),
       r AS MATERIALIZED (
         SELECT * FROM dialog_run r
         WHERE (SELECT count(*) FROM c) >= 0 AND r.dialog = ANY({runs})
         ORDER BY r.dialog FOR UPDATE)
       SELECT c.channel, c.chat, c.dialog, c.seen_as, c.identity, c.address, c.epoch + 1, c.is_free,
         NULL::text, NULL::int, NULL::bool, NULL::int, NULL::bool, NULL::timestamptz FROM c
       UNION ALL
       SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, {_RUN} FROM r"""


#: LOCK_CHAT, and LOCK_RUNS of their last dialogs. On PostgreSQL the row of a dialog that somebody
#: opened while we waited for its chat is not among them.
LOCK_BOTH = packed(
    f"SELECT {_CHAT}, {_RUN} FROM json_each(?) k JOIN chat_run c {_BY_KEYS}"
    " LEFT JOIN dialog_run r ON r.dialog = c.dialog",
    _both(
        "unnest($1::text[], $2::text[]) AS k(channel, chat)"
        " JOIN chat_run c ON c.channel = k.channel AND c.chat = k.chat",
        "ARRAY(SELECT dialog FROM c)",
    ),
)

#: The same of dialogs, and of the chats they are in.
LOCK_BOTH_OF = once(
    f"SELECT {_CHAT}, {_RUN} FROM json_each(?) k JOIN dialog_run r ON r.dialog = k.value"
    " JOIN dialog d ON d.id = r.dialog"
    " LEFT JOIN chat_run c ON c.channel = d.channel AND c.chat = d.chat",
    _both(
        "dialog d JOIN chat_run c ON c.channel = d.channel AND c.chat = d.chat"
        " WHERE d.id = ANY($1::text[])",
        "$1::text[]",
    ),
)

#: The chat in which a person was last heard, and what a new dialog there must know. Comments under
#: a post are no such chat: everybody would read along. Within a text JSON's quotes are escaped, so
#: that nobody can write what is looked for.
CHAT_OF = once(
    """SELECT c.channel, c.chat, i.customer, coalesce(nullif(d.lang, ''), i.lang),
         coalesce(nullif(d.customer_name, ''), i.name)
       FROM identity i JOIN chat_run c ON c.identity = i.id
       LEFT JOIN dialog d ON d.id = c.dialog
       WHERE i.id = ?1 AND coalesce(instr(d.blob, CAST('"public":true' AS BLOB)), 0) = 0
       ORDER BY d.updated_at DESC LIMIT 1""",
    """SELECT c.channel, c.chat, i.customer, coalesce(nullif(d.lang, ''), i.lang),
         coalesce(nullif(d.customer_name, ''), i.name)
       FROM identity i JOIN chat_run c ON c.identity = i.id
       LEFT JOIN dialog d ON d.id = c.dialog
       WHERE i.id = $1::text AND coalesce(position('"public":true'::bytea IN d.blob), 0) = 0
       ORDER BY d.updated_at DESC NULLS LAST LIMIT 1""",
)

FIND_IDENTITY = packed(
    "SELECT i.channel, i.external, i.id, i.customer, i.name, i.handle"
    " FROM json_each(?) k JOIN identity i ON i.channel = json_extract(k.value, '$[0]')"
    " AND i.external = json_extract(k.value, '$[1]')",
    "SELECT i.channel, i.external, i.id, i.customer, i.name, i.handle"
    " FROM unnest($1::text[], $2::text[]) AS k(channel, external)"
    " JOIN identity i ON i.channel = k.channel AND i.external = k.external",
)

_NEW_IDENTITY = insert(
    "identity",
    "id text, channel text, external text, customer text, name text, handle text, lang text,"
    " created_at timestamptz",
    "ON CONFLICT (channel, external) DO NOTHING RETURNING id",
)
NEW_IDENTITY = _NEW_IDENTITY._replace(form="rows")

NEW_CUSTOMER = insert(
    "customer",
    "id text, name text, lang text, contract text, note text, tags text, card text,"
    " created_at timestamptz, version int",
)

RENAME_IDENTITY = each(
    "UPDATE identity SET name = ?2, handle = ?3 WHERE id = ?1",
    "UPDATE identity i SET name = k.name, handle = k.handle"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS k(id, name, handle) WHERE i.id = k.id",
)

#: Keeps how a person is called now; only a chat's own person changes `seen_as`.
SEE_CHAT = each(
    "UPDATE chat_run SET seen_as = ?3 WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET seen_as = k.seen_as"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS k(channel, chat, seen_as)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

_NEW_CHAT = insert(
    "chat_run",
    "channel text, chat text, address text, identity text, seen_as text, dialog text, epoch int,"
    " sending bool, unreachable text",
    "ON CONFLICT (channel, chat) DO NOTHING",
)
#: Chats that were not there, and are ours until we commit.
NEW_CHAT = hits(_NEW_CHAT.sqlite, f"{_NEW_CHAT.postgres} RETURNING channel, chat")

NEW_DIALOG = insert(
    "dialog",
    "id text, channel text, chat text, identity text, customer text, state text, queue text,"
    " operator text, operator_name text, version int, state_rev int, last_n int,"
    " last_customer_n int, lang text, customer_name text, topic text, result text, secret bool,"
    " human bool, gone text, blob bytea, preview_author text, preview_text text,"
    " preview_files int, opened_at timestamptz, updated_at timestamptz, bot_result text,"
    " opened_by text, invitation text",
)

#: Of a new dialog; with an owner where a worker of this process goes on with it at once.
NEW_RUN = each(
    """INSERT INTO dialog_run (dialog, seq_in, seq_done, epoch, tries, error, parked_reason, secret,
         due_at, owner, lease_until)
       VALUES (?1, ?2, 0, ?3, 0, '', '', false, ?5, ?6,
               CASE WHEN ?6 IS NULL THEN NULL ELSE ?5 END)""",
    """INSERT INTO dialog_run (dialog, seq_in, seq_done, epoch, tries, error, parked_reason, secret,
         due_at, owner, lease_until)
       SELECT dialog, seq_in, 0, epoch, 0, '', '', false, due_at, owner,
         CASE WHEN owner IS NULL THEN NULL
              ELSE clock_timestamp() + lease * interval '1 microsecond' END
       FROM unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::timestamptz[], $6::text[])
         AS k(dialog, seq_in, epoch, lease, due_at, owner)""",
)

#: Of a new dialog whose first updates are turned already.
NEW_TURNED_RUN = insert(
    "dialog_run",
    "dialog text, seq_in int, seq_done int, epoch int, tries int, error text, parked_reason text,"
    " secret bool, due_at timestamptz, closed_at timestamptz",
)

#: Whoever begins a dialog can be reached, whatever was found out in an earlier one.
LAST_DIALOG = each(
    "UPDATE chat_run SET dialog = ?3, identity = ?4, seen_as = ?5, unreachable = '',"
    " unreachable_at = NULL WHERE channel = ?1 AND chat = ?2",
    "UPDATE chat_run c SET dialog = k.dialog, identity = k.identity, seen_as = k.seen_as,"
    " unreachable = '', unreachable_at = NULL"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
    " AS k(channel, chat, dialog, identity, seen_as)"
    " WHERE c.channel = k.channel AND c.chat = k.chat",
)

#: LAST_DIALOG and sql_turn.WAKE_CHAT in one, since no statement may write a row twice: what is said
#: first waits for a sender.
LAST_AND_WAKE = each(
    """UPDATE chat_run SET dialog = ?3, identity = ?4, seen_as = ?5, unreachable = '',
         unreachable_at = NULL, due_at = CASE WHEN owner IS NOT NULL THEN due_at
           ELSE min(coalesce(due_at, ?6), ?6) END WHERE channel = ?1 AND chat = ?2""",
    """UPDATE chat_run c SET dialog = k.dialog, identity = k.identity, seen_as = k.seen_as,
         unreachable = '', unreachable_at = NULL,
         due_at = CASE WHEN c.owner IS NOT NULL THEN c.due_at ELSE least(c.due_at, k.at) END
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS k(channel, chat, dialog, identity, seen_as, at)
       WHERE c.channel = k.channel AND c.chat = k.chat""",
)

#: LAST_DIALOG and sql_turn.TAKE_CHAT in one: what is said first goes to its sender at once.
LAST_AND_TAKE = each(
    "UPDATE chat_run SET dialog = ?3, identity = ?4, seen_as = ?5, unreachable = '',"
    " unreachable_at = NULL, owner = ?6, epoch = epoch + 1, lease_until = ?8, due_at = ?8,"
    " sending = true WHERE channel = ?1 AND chat = ?2",
    """UPDATE chat_run c SET dialog = k.dialog, identity = k.identity, seen_as = k.seen_as,
         unreachable = '', unreachable_at = NULL, owner = k.owner, epoch = c.epoch + 1,
         lease_until = clock_timestamp() + k.lease * interval '1 microsecond', due_at = k.until,
         sending = true
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                   $7::bigint[], $8::timestamptz[])
         AS k(channel, chat, dialog, identity, seen_as, owner, lease, until)
       WHERE c.channel = k.channel AND c.chat = k.chat""",
)

#: Whoever appends holds these locks until commit: order of commit is order of seq.
LOCK_RUNS = once(
    f"SELECT {_RUN} FROM json_each(?) k JOIN dialog_run r ON r.dialog = k.value",
    f"SELECT {_RUN} FROM dialog_run r WHERE r.dialog = ANY($1::text[])"
    " ORDER BY r.dialog FOR UPDATE",
)

_IS_OVER = "r.closed_at IS NOT NULL AND (r.seq_in = r.seq_done OR r.parked_reason <> '')"
#: Whether a dialog is closed and nothing waits there that could change that; under lock.
IS_OVER = once(
    f"SELECT {_IS_OVER} FROM dialog_run r WHERE r.dialog = ?1",
    f"SELECT {_IS_OVER} FROM dialog_run r WHERE r.dialog = $1::text FOR UPDATE",
)

#: Numbers for new updates. A leased dialog is looked at again by its release, a failing one at
#: its time, a parked one at once: a new word of the customer is worth another try.
ADVANCE = each(
    """UPDATE dialog_run SET seq_in = seq_in + ?2,
       due_at = CASE WHEN owner IS NOT NULL OR (tries > 0 AND due_at IS NOT NULL) THEN due_at
                     ELSE min(coalesce(due_at, ?3), ?3) END
       WHERE dialog = ?1""",
    """UPDATE dialog_run r SET seq_in = r.seq_in + k.n,
       due_at = CASE WHEN r.owner IS NOT NULL OR (r.tries > 0 AND r.due_at IS NOT NULL)
                     THEN r.due_at ELSE least(r.due_at, k.at) END
       FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS k(dialog, n, at)
       WHERE r.dialog = k.dialog""",
)

#: The same for an idle dialog whose updates are turned at once by a worker of this process.
TAKE_RUN = each(
    """UPDATE dialog_run SET seq_in = seq_in + ?2, owner = ?3, epoch = epoch + 1, lease_until = ?5,
       due_at = ?5 WHERE dialog = ?1""",
    """UPDATE dialog_run r SET seq_in = r.seq_in + k.n, owner = k.owner, epoch = r.epoch + 1,
         lease_until = clock_timestamp() + k.lease * interval '1 microsecond', due_at = k.until
       FROM unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[])
         AS k(dialog, n, owner, lease, until)
       WHERE r.dialog = k.dialog""",
)

#: And for one whose updates are turned in this very transaction, its lock being the lease.
TURN_RUN = each(
    """UPDATE dialog_run SET seq_in = seq_in + ?2, seq_done = ?3, epoch = epoch + 1, tries = ?4,
         error = ?5, due_at = ?6, secret = coalesce(?7, secret),
         closed_at = CASE WHEN ?7 IS NULL THEN closed_at ELSE ?8 END
       WHERE dialog = ?1""",
    """UPDATE dialog_run r SET seq_in = r.seq_in + k.n, seq_done = k.seq, epoch = r.epoch + 1,
         tries = k.tries, error = k.error, due_at = k.due_at, secret = coalesce(k.secret, r.secret),
         closed_at = CASE WHEN k.secret IS NULL THEN r.closed_at ELSE k.closed_at END
       FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::text[], $6::timestamptz[],
                   $7::bool[], $8::timestamptz[])
         AS k(dialog, n, seq, tries, error, due_at, secret, closed_at)
       WHERE r.dialog = k.dialog""",
)

NEW_UPDATE = insert(
    '"update"',
    "dialog text, seq int, kind text, payload bytea, sealed bool, received_at timestamptz,"
    " sent_at timestamptz, refusal text",
)

NEW_KEY = insert(
    "update_key", "channel text, key text, dialog text, seq int, expires_at timestamptz"
)
