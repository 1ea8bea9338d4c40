// What each action of the keyboard does.

import * as desk from "../desk.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import * as threads from "../threads.js";

const allowed = (action) => threads.known(store.openId.value)?.value.dialog?.allowed.includes(action);
/** Carries out an action on the open dialog if it may be done there. */
const on = (right, act) => () => { if (store.openId.value && allowed(right)) act(store.openId.value); };

export function take(id) {
  if (allowed("take")) moves.take(id);
  else if (allowed("force_take")) moves.take(id, true);
}

export async function closeAndNext(id) {
  if (!(await moves.close(id))) return;
  const ids = store.order.value.filter((other) => other !== id);
  if (ids.length) desk.open(ids[0]);
  else desk.open("");
}

const ACTS = {
  next: () => desk.step(1),
  previous: () => desk.step(-1),
  take_next: () => moves.takeNext(),
  next_unread: () => desk.nextUnread(),
  take: () => { if (store.openId.value) take(store.openId.value); },
  transfer: on("transfer", (id) => { store.modal.value = { name: "transfer", id }; }),
  return_to_bot: on("return_to_bot", (id) => { store.modal.value = { name: "return", id }; }),
  close: on("close", (id) => moves.close(id)),
  close_next: on("close", closeAndNext),
  note: () => store.composer.value?.toggleNote(),
  attach: () => store.composer.value?.attach(),
  canned: () => store.composer.value?.openCanned(),
  card: () => { store.cardIsOpen.value = !store.cardIsOpen.value; },
  search: () => { store.modal.value = { name: "search" }; },
  cheat: () => { store.modal.value = { name: "cheat" }; },
};

export function run(action) {
  if (store.isOperator.value || action === "cheat") ACTS[action]?.();
}
