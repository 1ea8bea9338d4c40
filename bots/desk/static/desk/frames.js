// Frames of the live socket applied to what the desk knows: states, never patches. No DOM.

import { batch } from "../vendor/signals-core.js";
import * as store from "./store.js";
import * as threads from "./threads.js";

const TYPING_MS = 6000;

/**
 * Applies one frame.
 * ask: {thread(id), snapshot(), operators(), channels(), canned(), customer(frame), settings(), board(), read(id), draft(frame), notice(frame),
 * noticeStop(id), check(frame)}: what the frame wants done, which needs the network or the screen.
 */
export function apply(frame, ask, now = Date.now()) {
  batch(() => {
    if (frame.seq && frame.t !== "check") store.position.seq = Math.max(store.position.seq, frame.seq);
    const act = ACTS[frame.t];
    if (act) act(frame, ask, now);
  });
}

const ACTS = {
  dialog(frame, ask) {
    const before = store.rows.get(frame.dialog);
    if (before && before.version > frame.version) return;
    store.putRow(frame.row);
    if (threads.reached(frame.dialog, frame.version, { isRow: true, row: frame.row })) ask.thread(frame.dialog);
    told(before, frame);
  },
  gone(frame) {
    store.dropRow(frame.dialog, frame.version);
    const one = threads.known(frame.dialog)?.value;
    if (one?.dialog && one.status !== "gone" && one.version <= frame.version) {
      threads.change(frame.dialog, { status: "gone", ...(frame.by && { alert: { code: "taken", name: frame.by } }) });
    }
  },
  message(frame, ask) {
    threads.putMessage(frame.dialog, frame.message);
    ask.arrived(frame.dialog, frame.message);
    if (threads.reached(frame.dialog, frame.version)) ask.thread(frame.dialog);
    if (frame.message.author.kind === "customer") quiet(frame.dialog);
  },
  message_edit(frame) { threads.putMessage(frame.dialog, frame.message); },
  message_state(frame) { threads.putDelivery(frame.dialog, frame.id, frame.delivery); },
  queue() {},
  operator(frame) { store.putOperator(frame.operator); },
  board(frame, ask) { ask.board(); },
  read(frame, ask) { ask.read(frame.dialog, frame.n); },
  draft(frame, ask) { ask.draft(frame); },
  canned(frame, ask) { ask.canned(); },
  customer(frame, ask) { ask.customer(frame); },
  settings(frame, ask) { ask.settings(); },
  channel(frame, ask) { ask.channels(); },
  notice(frame, ask) { ask.notice(frame); },
  notice_stop(frame, ask) { ask.noticeStop(frame.id); },
  typing(frame, ask, now) {
    const writes = { name: frame.who.name, kind: frame.who.kind, draft: frame.draft || "", until: now + TYPING_MS };
    store.typing.value = new Map(store.typing.value).set(frame.dialog, writes);
  },
  viewers(frame) {
    store.viewers.value = new Map(store.viewers.value).set(frame.dialog, frame.operators);
  },
  config() { store.newBuild.value = true; },
  check(frame, ask) { ask.check(frame); },
  resync(frame, ask) { ask.snapshot(); },
};

/** A colleague moved the dialog that is on the screen: say who, in the thread. */
function told(before, frame) {
  const mine = store.me.value;
  if (!before || !frame.by || frame.by === mine || before.state_rev === frame.row.state_rev) return;
  const by = store.operators.value.find((one) => one.id === frame.by)?.name;
  if (by && before.operator?.id === mine && frame.row.operator?.id !== mine) {
    threads.change(frame.dialog, { alert: { code: "stale", name: by } });
  }
}

function quiet(dialog) {
  if (!store.typing.value.has(dialog)) return;
  const rest = new Map(store.typing.value);
  rest.delete(dialog);
  store.typing.value = rest;
}

/** Forgets who stopped writing without sending. */
export function quietAfter(now = Date.now()) {
  const still = [...store.typing.value].filter(([, one]) => one.until > now);
  if (still.length !== store.typing.value.size) store.typing.value = new Map(still);
}

const NAMES = ["queue", "mine", "all", "unread"];
export const sameCounts = (one, other) => NAMES.every((name) => one[name] === other[name]);
