"""Statements of paces that processes share: read under lock, written, looked through."""

from core.storage.statement import each, insert, once

_STATE = "channel, scope, tokens, at, until, strikes, speed, slowed_at"
_OWN = ", ".join(f"p.{name}" for name in _STATE.split(", "))

#: On PostgreSQL also what its clock says: the processes' own may differ.
LOCK_PACES = each(
    f"SELECT {_STATE} FROM pace WHERE channel = ?1 AND scope = ?2",
    f"""SELECT {_OWN}, clock_timestamp()
       FROM unnest($1::text[], $2::text[]) AS k(channel, scope)
       JOIN pace p ON p.channel = k.channel AND p.scope = k.scope
       ORDER BY p.channel, p.scope FOR UPDATE OF p""",
    returns=True,
)
OPEN_PACES = insert(
    "pace",
    "channel text, scope text, tokens float8, at timestamptz, strikes int, speed float8",
    "ON CONFLICT (channel, scope) DO NOTHING",
)
KEEP_PACES = each(
    """UPDATE pace SET tokens = ?3, at = ?4, until = ?5, strikes = ?6, speed = ?7, slowed_at = ?8
       WHERE channel = ?1 AND scope = ?2""",
    """UPDATE pace p SET tokens = k.tokens, at = k.at, until = k.until, strikes = k.strikes,
         speed = k.speed, slowed_at = k.slowed_at
       FROM unnest($1::text[], $2::text[], $3::float8[], $4::timestamptz[], $5::timestamptz[],
         $6::int[], $7::float8[], $8::timestamptz[])
         AS k(channel, scope, tokens, at, until, strikes, speed, slowed_at)
       WHERE p.channel = k.channel AND p.scope = k.scope""",
)
_SLOWED = "FROM pace WHERE strikes > 0 OR speed > 0 ORDER BY at DESC LIMIT 1000"
SLOWED_PACES = once(
    f"SELECT {_STATE} {_SLOWED}",
    f"SELECT {_STATE}, clock_timestamp() {_SLOWED}",
)
