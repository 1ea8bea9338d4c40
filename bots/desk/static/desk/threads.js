// Transcripts of the dialogs that were opened, kept up to date by frames. No DOM.

import { signal } from "../vendor/signals-core.js";

const KEPT = 20;
/** Dialog id -> signal of {status, dialog, messages, version, hasBefore, newFrom, problem}. */
const threads = new Map();
const EMPTY = Object.freeze({
  status: "loading", dialog: null, messages: [], version: 0, hasBefore: false, newFrom: 0, alert: null,
});

/** The signal of a thread, made when first asked for. */
export function thread(id) {
  if (!threads.has(id)) threads.set(id, signal(EMPTY));
  return threads.get(id);
}

/** Keeps a thread as the one last opened; ids of those forgotten for it, which nobody need follow any more. */
export function keep(id) {
  const found = thread(id);
  threads.delete(id);
  threads.set(id, found);
  const old = [...threads.keys()].slice(0, -KEPT);
  for (const one of old) threads.delete(one);
  return old;
}

export const known = (id) => threads.get(id);
export const forgetThreads = () => threads.clear();

/** Dialogs whose messages this page follows, with the version it has. */
export const followed = () =>
  [...threads].filter(([, one]) => one.value.dialog).map(([dialog, one]) => ({ dialog, version: one.value.version }));

export const change = (id, fields) => {
  const one = threads.get(id);
  if (one) one.value = { ...one.value, ...fields };
};

/** A whole dialog as the API gives it; messages of older pages stay. */
export function putDialog(dialog) {
  const one = threads.get(dialog.id);
  if (!one) return;
  const before = one.value;
  if (before.dialog && before.version > dialog.version) return;
  const { messages, has_before, ...rest } = dialog;
  const older = before.messages.filter((line) => messages.length && line.n < messages[0].n);
  const isJoined = older.length > 0 && older[older.length - 1].n === messages[0].n - 1;
  one.value = {
    ...before,
    status: "ready",
    alert: before.status === "gone" ? null : before.alert,
    dialog: rest,
    messages: isJoined ? [...older, ...messages] : messages,
    hasBefore: isJoined ? before.hasBefore : has_before,
    version: dialog.version,
    newFrom: before.dialog ? before.newFrom : firstNew(messages, rest.read_n),
  };
}

/** The first line not seen yet; where nothing was ever seen, a mark would say nothing. */
const firstNew = (messages, readN) =>
  readN && messages.find((line) => line.author.kind === "customer" && line.n > readN)?.n || 0;

/** An older page. */
export function putOlder(id, items, hasBefore) {
  const one = threads.get(id);
  if (!one) return;
  const first = one.value.messages[0]?.n ?? Infinity;
  one.value = {
    ...one.value, hasBefore, messages: [...items.filter((line) => line.n < first), ...one.value.messages],
  };
}

/** A line, new or changed, at its number. */
export function putMessage(id, message) {
  const one = threads.get(id);
  if (!one || !one.value.dialog) return;
  const lines = one.value.messages;
  let place = lines.length;
  while (place > 0 && lines[place - 1].n > message.n) place -= 1;
  const isKnown = place > 0 && lines[place - 1].n === message.n;
  // a line older than the first one shown belongs to a page that was not asked for
  if (place === 0 && lines.length > 0 && one.value.hasBefore) return;
  const messages = lines.slice();
  messages.splice(isKnown ? place - 1 : place, isKnown ? 1 : 0, message);
  one.value = { ...one.value, messages };
}

/** Where a line is on its way. */
export function putDelivery(id, messageId, delivery) {
  const one = threads.get(id);
  const found = one?.value.messages.find((line) => line.id === messageId);
  if (found) putMessage(id, { ...found, delivery });
}

/**
 * Notes that the thread is complete up to `version`.
 * Returns whether something may have been missed: then load the dialog anew.
 */
export function reached(id, version, { isRow = false, row = null } = {}) {
  const one = threads.get(id);
  if (!one || !one.value.dialog) return false;
  const before = one.value;
  if (version <= before.version && !(isRow && version === before.version)) return false;
  // a version of its own may be one we never heard of: the socket was asked to follow just behind it
  const lacksLines = Boolean(row) && row.last_n > (before.messages.at(-1)?.n || 0);
  const hasGap = version > before.version + 1 || lacksLines;
  const dialog = row ? { ...before.dialog, ...row } : before.dialog;
  // what one may do is computed by the server and not in the row
  const isMoved = Boolean(row) && row.state_rev !== before.dialog.state_rev;
  one.value = { ...before, dialog, version: hasGap ? before.version : Math.max(version, before.version) };
  return hasGap || isMoved;
}
