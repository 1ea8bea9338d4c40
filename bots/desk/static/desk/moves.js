// Commands that move a dialog or its owner; each is refused in words where the dialog is.

import * as api from "./api.js";
import { denied, open, took, words } from "./desk.js";
import { t } from "./i18n.js";
import { rowOf } from "./shapes.js";
import * as store from "./store.js";
import * as threads from "./threads.js";

const rev = (id) => threads.known(id)?.value.dialog?.state_rev ?? store.rows.get(id)?.state_rev ?? 0;

async function move(id, name, body) {
  try {
    const answer = await api.command(`/dialogs/${id}/${name}`, { state_rev: rev(id), ...body });
    const dialog = answer.dialog || answer;
    if (threads.known(id)) threads.change(id, { alert: null });
    took(dialog);
    return answer;
  } catch (problem) {
    denied(id, problem);
    return null;
  }
}

export async function take(id, force = false) {
  return move(id, "take", force ? { force } : {});
}

export async function takeNext() {
  try {
    const dialog = await api.command("/dialogs/take-next", {});
    if (!dialog) {
      store.toast("ok", t("take.nothing"));
      return;
    }
    store.putRow(rowOf(dialog));
    open(dialog.id);
  } catch (problem) {
    store.toast("bad", words(problem));
  }
}

export async function transfer(id, to, comment) {
  const answer = await move(id, "transfer", { to, ...(comment ? { comment } : {}) });
  if (answer) offerUndo(id, answer.undo, t("undo.transferred"));
  return answer;
}

export const returnToBot = (id, scenario, step) =>
  move(id, "return-to-bot", { ...(scenario ? { scenario } : {}), ...(step ? { step } : {}) });

export async function close(id, ending = {}) {
  const one = threads.known(id)?.value;
  const seen = one?.messages.at(-1)?.n ?? one?.dialog?.last_n ?? 0;
  const answer = await move(id, "close", { seen_n: seen, ...ending });
  if (answer) offerUndo(id, answer.undo, t("undo.closed"));
  return answer;
}

function offerUndo(id, undo, text) {
  store.toast(undo ? "undo" : "ok", text, undo ? { undo: () => takeBack(id, undo.id) } : {});
}

async function takeBack(id, undoId) {
  try {
    took(await api.post(`/dialogs/${id}/undo`, { undo_id: undoId }));
    open(id);
  } catch (problem) {
    store.toast("bad", words(problem));
  }
}

/** Writes to a customer first: their dialog, now in one's own hands, is on the screen. Throws Problem. */
export async function writeFirst(body) {
  const dialog = await api.command("/dialogs", body);
  took(dialog);
  store.tab.value = "mine";
  open(dialog.id);
}

/** how: resend or arrived. */
export async function settle(id, messageId, how) {
  try {
    threads.putMessage(id, await api.command(`/dialogs/${id}/messages/${messageId}/${how}`));
  } catch (problem) {
    denied(id, problem);
  }
}

/** Changes one's own line where the channel can, a note always; null takes it back. */
export async function rewrite(id, messageId, text) {
  const path = `/dialogs/${id}/messages/${messageId}`;
  threads.putMessage(id, await (text === null ? api.remove(path) : api.patch(path, { text })));
}

export async function setStatus(status, reason = "", handBack = undefined) {
  const body = { status, reason, ...(handBack === undefined ? {} : { hand_back: handBack }) };
  const one = await api.put("/me/status", body);
  store.putOperator(one);
}
