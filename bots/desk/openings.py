"""Writing to a customer first."""

from typing import Annotated

from pydantic import Field

from bots.desk import schemas
from bots.desk.customers import known_customer
from bots.desk.dialog_shape import dialog_shape
from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.messages import is_blank
from bots.desk.problems import Problem, field_problem
from bots.desk.refusals import refuse, visible_row
from bots.desk.replies import ClientId, Id, Words
from bots.desk.schemas import Body
from core.content import Outgoing
from core.desk_values import Contact


class OpenBody(Body):
    """channel_id: where the customer has an account. client_id: as of a reply."""

    customer_id: Id
    channel_id: Annotated[str, Field(min_length=1, max_length=100)]
    client_id: ClientId
    text: Words


@endpoint(
    "POST",
    "/dialogs",
    roles=OPERATOR,
    body=OpenBody,
    reply=schemas.Dialog,
    status=201,
    key=True,
)
async def open_dialog(call: Call, body: OpenBody) -> schemas.Dialog:
    """Writes first, in a dialog of one's own; 409 `taken` when one is open there already."""
    if is_blank(body.text):
        raise field_problem("/text", "empty")
    contact = await _contact(call, body)
    content = Outgoing(text=body.text)
    dialog, refusal = await call.context.commands.open(
        call.person, contact.id, body.client_id, content
    )
    if refusal is not None:
        # the bot has it, or a queue of others: the customer is known, so that much may be said
        if refusal.code == "taken" and await visible_row(call, dialog) is None:
            raise Problem("taken")
        raise await refuse(call, dialog, refusal)
    return await dialog_shape(call, dialog)


async def _contact(call: Call, body: OpenBody) -> Contact:
    """The customer's account, if the platform lets us write there."""
    card = await known_customer(call, body.customer_id)
    found = [one for one in card.contacts if one.channel == body.channel_id]
    if not found:
        raise field_problem("/channel_id", "unknown")
    reachable = [one for one in found if not one.unreachable]
    if not reachable or not call.context.capabilities(body.channel_id).platform:
        raise Problem("channel_refuses")
    return reachable[0]


ENDPOINTS = (open_dialog,)
