import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { apply } from "../../../bots/desk/static/desk/frames.js";
import * as store from "../../../bots/desk/static/desk/store.js";
import * as threads from "../../../bots/desk/static/desk/threads.js";
import { dialog, message, row } from "./fakes.js";

const asked = [];
const ask = {
  thread: (id) => asked.push(id), arrived: () => {}, snapshot: () => asked.push("snapshot"),
};
const frame = (fields) => ({ seq: 10, dialog: "d", ...fields });

beforeEach(() => {
  asked.length = 0;
  store.forgetAll();
  threads.forgetThreads();
  store.session.value = { operator: { id: "anna", name: "Anna" }, roles: ["operator"], settings: {} };
  threads.thread("d");
  threads.putDialog(dialog("d", { version: 4 }));
});
const lines = () => threads.known("d").value.messages.map((one) => one.n);

test("the next message is put at its place", () => {
  apply(frame({ t: "message", version: 5, message: message(2) }), ask);
  assert.deepEqual(lines(), [1, 2]);
  assert.deepEqual(asked, []);
  assert.equal(store.position.seq, 10);
});

test("a repeated message changes nothing", () => {
  apply(frame({ t: "message", version: 5, message: message(2) }), ask);
  apply(frame({ t: "message", version: 5, message: message(2) }), ask);
  assert.deepEqual(lines(), [1, 2]);
});

test("a gap of versions asks for the thread", () => {
  apply(frame({ t: "message", version: 6, message: message(3) }), ask);
  assert.deepEqual(asked, ["d"]);
  assert.equal(threads.known("d").value.version, 4, "still not complete");
});

test("a row behind its message completes the thread without asking", () => {
  apply(frame({ t: "message", version: 5, message: message(2) }), ask);
  apply(frame({ t: "dialog", version: 5, row: row("d", { version: 5 }), why: "changed" }), ask);
  assert.deepEqual(asked, []);
});

test("a moved dialog is asked for: what one may do is the server's word", () => {
  apply(frame({ t: "dialog", version: 5, row: row("d", { version: 5, state_rev: 2 }), why: "taken" }), ask);
  assert.deepEqual(asked, ["d"]);
});

test("an old row does not come back", () => {
  store.putRow(row("d", { version: 9, topic: "now" }));
  apply(frame({ t: "dialog", version: 8, row: row("d", { version: 8, topic: "then" }), why: "changed" }), ask);
  assert.equal(store.rows.get("d").topic, "now");
});

test("what left the view leaves the list and is said in the thread", () => {
  store.putRow(row("d", { version: 4 }));
  apply(frame({ t: "gone", version: 5, why: "taken" }), ask);
  assert.equal(store.rows.has("d"), false);
  assert.equal(threads.known("d").value.status, "gone");
});

test("who lost a dialog reads who has it", () => {
  apply(frame({ t: "gone", version: 5, why: "taken", by: "Boris" }), ask);
  assert.deepEqual(threads.known("d").value.alert, { code: "taken", name: "Boris" });
});

test("delivery moves on the line it belongs to", () => {
  apply(frame({ t: "message_state", version: 4, id: "1", delivery: { state: "sent", at: "" } }), ask);
  assert.equal(threads.known("d").value.messages[0].delivery.state, "sent");
});

test("older pages join without a gap", () => {
  threads.putDialog(dialog("d", { version: 8, messages: [message(40), message(41)], has_before: true }));
  threads.putOlder("d", [message(38), message(39)], true);
  threads.putDialog(dialog("d", { version: 9, messages: [message(40), message(41), message(42)], has_before: true }));
  assert.deepEqual(lines(), [38, 39, 40, 41, 42]);
});

test("a fresh load far behind replaces what was shown", () => {
  threads.putDialog(dialog("d", { version: 20, messages: [message(90), message(91)], has_before: true }));
  assert.deepEqual(lines(), [90, 91]);
});

test("only the threads last opened are kept, and each of the others is told once", () => {
  const forgotten = [];
  threads.keep("d");
  for (let n = 0; n < 25; n += 1) {
    threads.thread(`x${n}`); // the view is drawn before it is followed
    forgotten.push(...threads.keep(`x${n}`));
  }
  assert.deepEqual(forgotten, ["d", "x0", "x1", "x2", "x3", "x4"]);
});

test("a row that knows of a line nobody told us asks for the thread", () => {
  apply(frame({ t: "dialog", version: 5, row: row("d", { version: 5, last_n: 2 }), why: "changed" }), ask);
  assert.deepEqual(asked, ["d"]);
  assert.equal(threads.known("d").value.version, 4, "still not complete");
});

test("a colleague who takes an open dialog is named", () => {
  store.operators.value = [{ id: "boris", name: "Boris" }];
  const mine = row("d", { version: 4, state: "with_operator", operator: { id: "anna", name: "Anna" } });
  store.putRow(mine);
  const theirs = row("d", { version: 5, state_rev: 2, state: "with_operator", operator: { id: "boris", name: "Boris" } });
  apply(frame({ t: "dialog", version: 5, row: theirs, why: "taken", by: "boris" }), ask);
  assert.deepEqual(threads.known("d").value.alert, { code: "stale", name: "Boris" });
});
