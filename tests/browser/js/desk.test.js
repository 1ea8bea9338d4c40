import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as desk from "../../../bots/desk/static/desk/desk.js";
import { apply } from "../../../bots/desk/static/desk/frames.js";
import * as store from "../../../bots/desk/static/desk/store.js";
import * as threads from "../../../bots/desk/static/desk/threads.js";
import { dialog, message, row } from "./fakes.js";

const moves = await import("../../../bots/desk/static/desk/moves.js");

let answers;
let asked;
beforeEach(() => {
  store.forgetAll();
  threads.forgetThreads();
  store.session.value = { operator: { id: "anna", name: "Anna" }, roles: ["operator"], settings: {} };
  desk.parts.drafts = { merge() {}, detach() {} };
  asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    return new Response(JSON.stringify(await answers.shift()()));
  };
});

test("a message that came while its dialog was being opened is asked for", async () => {
  const newer = row("d", { version: 5, last_n: 2 });
  answers = [
    () => { // the server answers, then the message comes, then the socket is heard before the answer
      apply({ t: "dialog", seq: 1, dialog: "d", version: 5, row: newer, why: "changed" }, { thread: desk.refresh });
      return dialog("d", { version: 4 });
    },
    () => dialog("d", { ...newer, messages: [message(1), message(2)] }),
  ];
  threads.keep("d");
  await desk.refresh("d");
  assert.deepEqual(threads.known("d").value.messages.map((one) => one.n), [1, 2]);
  assert.equal(asked.length, 2);
});

const mine = { state: "with_operator", operator: { id: "anna", name: "Anna" }, allowed: ["reply", "transfer"] };
/** What the server tells of a dialog one may not read: who has it, and nothing else. */
const hidden = (fields) => dialog("d", {
  customer: { id: "", name: "", level: "anonymous" }, messages: [], last_n: 0, state: "with_operator",
  operator: { id: "boris", name: "Boris" }, ...fields,
});
const opened = async () => {
  answers = [() => dialog("d", { version: 4, ...mine })];
  threads.keep("d");
  await desk.refresh("d");
};
const heard = (frame) => apply({ seq: 9, dialog: "d", ...frame }, { thread: desk.refresh });
const seen = () => {
  const { status, alert, messages, dialog: { customer, operator, state } } = threads.known("d").value;
  return { status, alert, lines: messages.length, name: customer.name, operator: operator?.name, state };
};
const GIVEN = { status: "gone", alert: null, lines: 1, name: "d", operator: "Boris", state: "with_operator" };

test("after one's own transfer what was known stays on the screen", async () => {
  await opened();
  answers = [() => ({ dialog: hidden({ version: 5, state_rev: 2 }), undo: null })];
  await moves.transfer("d", { operator_id: "boris" });
  heard({ t: "gone", version: 5, why: "transferred", by: "Boris" });
  assert.deepEqual(seen(), GIVEN);
  assert.equal(store.rows.has("d"), false);
});

test("a transfer whose answer comes behind the news of it leaves no row", async () => {
  await opened();
  answers = [() => {
    heard({ t: "gone", version: 5, why: "transferred" });
    return { dialog: hidden({ version: 5, state_rev: 2 }), undo: null };
  }];
  await moves.transfer("d", { operator_id: "boris" });
  assert.deepEqual(seen(), GIVEN);
  assert.equal(store.rows.has("d"), false);
  assert.equal(store.counts.value.all, 0);
});

test("a dialog that was given away and taken back is whole again", async () => {
  await opened();
  heard({ t: "gone", version: 5, why: "taken", by: "Boris" });
  desk.took(dialog("d", { version: 6, ...mine }));
  assert.deepEqual(seen(), { ...GIVEN, status: "ready", operator: "Anna" });
  assert.equal(store.rows.get("d").version, 6);
});

test("an answer that is older than the news of a loss brings nothing back", async () => {
  await opened();
  heard({ t: "gone", version: 6, why: "taken", by: "Boris" });
  desk.took(dialog("d", { version: 5, ...mine }));
  assert.equal(threads.known("d").value.status, "gone");
  assert.equal(store.rows.has("d"), false);
});

test("a dialog that was lost while it was being opened is said to be gone", async () => {
  answers = [() => {
    heard({ t: "gone", version: 6, why: "taken", by: "Boris" });
    return dialog("d", { version: 5 });
  }];
  threads.keep("d");
  await desk.refresh("d");
  assert.equal(threads.known("d").value.status, "gone");
});

test("a refusal that tells of a foreign dialog puts no row into the list", async () => {
  await opened();
  heard({ t: "gone", version: 5, why: "taken", by: "Boris" });
  const { customer, operator, state } = hidden();
  const current = row("d", { version: 5, customer, operator, state });
  desk.denied("d", { status: 409, code: "taken", body: { code: "taken", current } });
  assert.equal(store.rows.has("d"), false);
  assert.equal(threads.known("d").value.alert.name, "Boris");
});

test("settings changed elsewhere that cannot be read now change nothing", async () => {
  answers = [() => { throw new TypeError("the page is being left"); }];
  const before = store.session.value;
  await desk.settingsElsewhere();
  assert.equal(store.session.value, before);
});

test("pages of closed dialogs that bring next to nothing are followed until a screen is full", async () => {
  const closed = (id) => row(id, { state: "closed" });
  const page = (rows, next_cursor) => () => ({ seq: 1, counts: {}, rows, next_cursor });
  const many = Array.from({ length: 40 }, (_, at) => closed(`c${at}`));
  answers = [page([], "a"), page([closed("one")], "b"), page(many, "c"), page([], null)];
  await desk.loadClosed();
  assert.deepEqual(asked.map((path) => new URL(path, "http://x").searchParams.get("cursor")), [null, "a", "b"]);
  assert.equal(store.rows.size, 41);
  assert.equal(store.loading.value.closed, "more");
  await desk.loadClosed();
  assert.equal(store.loading.value.closed, "ready");
});
