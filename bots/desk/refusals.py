"""What a refused command tells: the present row, and who was faster."""

from typing import Any

from bots.desk.endpoint import Call
from bots.desk.problems import Problem, field_problem
from bots.desk.rows import row_shape
from bots.desk.schemas import rfc3339
from core.access import view
from core.desk_values import Listed
from core.state import Refusal


async def refuse(call: Call, dialog: str, refusal: Refusal) -> Problem:
    """The problem to raise for a refusal of the engine."""
    if refusal.code == "validation":
        return field_problem(f"/{refusal.detail}", "refused")
    row = await visible_row(call, dialog) if dialog else None
    if row is None and dialog and refusal.code not in ("not_found", "forbidden"):
        return Problem("not_found")
    more: dict[str, Any] = {}
    if row is not None:
        around = await call.work.around()
        shape = row_shape(row, call.person, around, call.now)
        more["current"] = shape.model_dump(mode="json")
        if row.operator or refusal.by:
            name = refusal.by or row.operator_name
            more["changed_by"] = {"id": row.operator, "name": name, "kind": "operator"}
        more["changed_at"] = rfc3339(refusal.at or row.updated_at)
    return Problem(refusal.code, values={"name": refusal.by}, more=more)


async def visible_row(call: Call, dialog: str) -> Listed | None:
    """The dialog, at least its row, if the person may see that."""
    row = (await call.context.store.rows([dialog], call.person)).get(dialog)
    return None if row is None or view(call.person, row.whose) == "none" else row


async def readable_row(call: Call, dialog: str) -> Listed:
    """The dialog, whose texts the person may read; anything else does not exist for them."""
    row = await visible_row(call, dialog)
    if row is None or view(call.person, row.whose) != "full":
        raise Problem("not_found")
    return row
