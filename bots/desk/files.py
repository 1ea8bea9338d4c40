"""Uploads, links to files, and their content."""

import re
import warnings
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote
from uuid import UUID

from aiohttp import (
    BadContentDispositionHeader,
    BadContentDispositionParam,
    BodyPartReader,
    ClientPayloadError,
    web,
)
from pydantic import Field

from bots.desk import guard, schemas
from bots.desk.content import PICTURES
from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.http import problem_response
from bots.desk.messages import media_of, media_part, remote_place
from bots.desk.problems import Problem, field_problem
from bots.desk.refusals import readable_row
from bots.desk.schemas import Attachment, Body
from bots.desk.schemas_house import Link
from bots.desk.tokens import micros, moment, opened, signed
from bots.desk.vault import CAP
from bots.desk.workplace import Workplace
from core.access import may_act, view
from core.content import Media
from core.errors import StoreUnavailable
from core.store_values import StoredAttachment

LIFE = timedelta(minutes=10)
_PURPOSE = "file"
_FIELD = 200
_PARAMETER = re.compile(r';\s*([\w*]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')
_UPLOAD = CAP + 64 * 1024
#: Nothing in a file may run, load or be guessed to be something else.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


class LinkQuery(Body):
    """as: inline shows a picture, everything else is downloaded."""

    as_: Annotated[Literal["inline", "download"], Field(alias="as")] = "download"


@endpoint(
    "POST", "/attachments", roles=OPERATOR, own=True, upload=True, reply=Attachment, status=202
)
async def upload(call: Call) -> Attachment:
    """Takes a file for a dialog: multipart fields `dialog_id`, `client_id`, `file`."""
    if call.request.content_type != "multipart/form-data":
        raise Problem("bad_type")
    if (call.request.content_length or 0) > _UPLOAD:
        raise Problem("too_large", values={"limit": CAP})
    fields, name, data = await _multipart(call)
    dialog, client_id = fields.get("dialog_id", ""), _uuid(fields.get("client_id", ""))
    if data is None:
        raise field_problem("/file", "missing")
    row = await readable_row(call, dialog)
    if not may_act(call.person, row.whose):
        raise Problem("not_owner")
    known = await call.context.store.attachment_of(dialog, client_id)
    stored = await call.context.files.attachment(known) if known else None
    if stored is None or stored.by != call.me.id:
        stored = await call.work.vault.uploaded(
            data, name=name, dialog=dialog, client_id=client_id, by=call.me.id
        )
    return attachment_shape(stored)


async def _multipart(call: Call) -> tuple[dict[str, str], str, bytes | None]:
    """The text fields, the file's name and its bytes; every unknown field is refused."""
    fields: dict[str, str] = {}
    name, data = "", None
    try:
        async for part in await call.request.multipart():
            if not isinstance(part, BodyPartReader):
                raise Problem("malformed")
            field, filename = disposition_of(part.headers.get("Content-Disposition", ""))
            if field == "file" and data is None:
                name = filename
                data = await call.work.vault.received(_chunks(part))
            elif field in ("dialog_id", "client_id"):
                fields[field] = await _field(part)
            else:
                raise field_problem(f"/{field[:80]}", "extra_forbidden")
    except (ValueError, AssertionError, ClientPayloadError, web.RequestPayloadError):
        raise Problem("malformed") from None
    return fields, name, data


def disposition_of(header: str) -> tuple[str, str]:
    """Name of a form's part and of its file, as browsers write them: quotes and line ends are
    percent-encoded, so a quote always ends the name and anything else may stand in it
    (html.spec.whatwg.org, multipart form data, seen 2026-11). aiohttp's own reading gives up at
    names such as `a;b;c.png`. Programs encode letters beyond ASCII too: aiohttp's client in
    `filename`, others in `filename*` (RFC 8187)."""
    found = {
        one.group(1).lower(): one.group(2) if one.group(2) is not None else one.group(3)
        for one in _PARAMETER.finditer(header)
    }
    name, filename = found.get("name", ""), found.get("filename", "")
    if "filename*" in found:
        return name, unquote(found["filename*"].rpartition("'")[2])
    whole = unquote(filename, errors="replace")
    if filename.isascii() and not whole.isascii() and "\ufffd" not in whole:
        return name, whole
    for code, sign in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        filename = filename.replace(code, sign)
    return name, filename


async def _chunks(part: BodyPartReader) -> Any:
    while chunk := await part.read_chunk(64 * 1024):
        yield chunk


async def _field(part: BodyPartReader) -> str:
    found = b""
    async for chunk in _chunks(part):
        found += chunk
        if len(found) > _FIELD:
            raise Problem("malformed")
    return found.decode("utf-8")


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise field_problem("/client_id", "uuid") from None


@endpoint("GET", "/attachments/{id}", roles=OPERATOR, reply=Attachment)
async def state(call: Call) -> Attachment:
    """What is known of a file; one of a customer may not have been fetched yet."""
    found = await _stored(call, call.part("id"))
    if found is not None:
        return attachment_shape(found)
    _, _, part = await _remote(call, call.part("id"))
    if not isinstance(part, schemas.FilePart | schemas.ImagePart):
        raise Problem("not_found")
    return part.attachment


@endpoint("GET", "/attachments/{id}/link", roles=OPERATOR, query=LinkQuery, reply=Link)
async def link(call: Call, query: LinkQuery) -> Link:
    """An address of the content for ten minutes, for this person only."""
    found = await _stored(call, call.part("id"))
    if found is None:
        channel, media, _ = await _remote(call, call.part("id"))
        place = remote_place(call.part("id"))
        dialog = place[0] if place else ""
        found = await call.work.vault.fetched(call.part("id"), channel, dialog, media)
    if found.state != "ready":
        raise Problem("not_found")
    until = call.now + LIFE
    value = [found.id, call.me.id, query.as_, micros(until)]
    token = signed(call.context.file_key, _PURPOSE, value)
    base = call.context.files_url or guard.own_url(call.request, call.context)
    return Link(url=f"{base.rstrip('/')}/files/{token}", until=until)


async def _stored(call: Call, id_: str) -> StoredAttachment | None:
    """The row of a file of a dialog the person may read."""
    stored = await call.context.files.attachment(id_)
    if stored is None:
        return None
    await readable_row(call, stored.dialog)
    return stored


async def _remote(call: Call, id_: str) -> tuple[str, Media, schemas.Part]:
    """A customer's file that was not fetched yet: its channel, and what its message says."""
    place = remote_place(id_)
    if place is None:
        raise Problem("not_found")
    dialog, n, number = place
    row = await readable_row(call, dialog)
    line = await call.context.store.line(dialog, n)
    media = media_of(line) if line is not None and line.deleted_at is None else ()
    if line is None or number >= len(media) or media[number].attachment:
        raise Problem("not_found")
    return row.channel, media[number], media_part(media[number], line, number)


def attachment_shape(stored: StoredAttachment) -> Attachment:
    """A stored file."""
    return Attachment(
        id=stored.id,
        name=stored.name,
        mime=stored.media_type,
        size=stored.size,
        w=stored.width or None,
        h=stored.height or None,
        state=stored.state,
        reason=stored.reason or None,
    )


def add_content(app: web.Application, work: Workplace) -> None:
    """Adds GET /files/{token}, which is no part of /api/v1."""
    # aiohttp reads the header of each part for itself, does nothing with it, and would print the
    # names it does not understand (see disposition_of) to the process's log.
    warnings.filterwarnings("ignore", category=BadContentDispositionHeader)
    warnings.filterwarnings("ignore", category=BadContentDispositionParam)

    async def content(request: web.Request) -> web.StreamResponse:
        try:
            stored, disposition = await _opened(request, work)
            path = work.vault.path(stored)
        except Problem as problem:
            return problem_response(problem, request, work.context.new_id())
        except StoreUnavailable:
            return problem_response(Problem("draining", retry_after=5), request, "")
        shown = disposition == "inline" and stored.media_type in PICTURES
        kind = "inline" if shown else "attachment"
        headers = _HEADERS | {
            "Content-Type": stored.media_type,
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(stored.name, safe='')}",
        }
        return web.FileResponse(path, headers=headers)

    app.router.add_get("/files/{token:[A-Za-z0-9_-]{1,500}}", content, allow_head=False)


async def _opened(request: web.Request, work: Workplace) -> tuple[StoredAttachment, str]:
    """The file of a token, if its viewer still may see it. Beside cookies of another origin the
    token alone must do."""
    context = work.context
    try:
        id_, viewer, disposition, until = opened(
            context.file_key, _PURPOSE, request.match_info["token"]
        )
    except ValueError:
        raise Problem("not_found") from None
    now = context.clock()
    if now >= moment(until):
        raise Problem("gone")
    if not context.files_url:
        found = await guard.session_of(request, context, now)
        if found is None or found[1].id != viewer:
            raise Problem("not_found")
    account = await context.store.account(viewer)
    stored = await context.files.attachment(id_)
    if account is None or account.archived_at is not None or stored is None:
        raise Problem("not_found")
    row = (await context.store.rows([stored.dialog], account.person())).get(stored.dialog)
    if row is None or view(account.person(), row.whose) != "full":
        raise Problem("not_found")
    return stored, disposition


ENDPOINTS = (upload, state, link)
