import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as store from "../../../bots/desk/static/desk/store.js";
import { Sync } from "../../../bots/desk/static/desk/sync.js";
import * as threads from "../../../bots/desk/static/desk/threads.js";
import { row } from "./fakes.js";

const asks = { connected() {}, expired() {}, thread() {}, arrived() {} };
let answers;
let asked;
beforeEach(() => {
  store.forgetAll();
  threads.forgetThreads();
  store.position.seq = 0;
  store.session.value = { operator: { id: "anna", name: "Anna" }, roles: ["operator"], settings: {} };
  asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    const { seq, rows } = answers.shift();
    const counts = { queue: 0, mine: 0, all: 0, unread: 0 };
    return new Response(JSON.stringify({ seq, counts, rows, next_cursor: null }));
  };
});
const welcome = (seq, resumed = false) => ({ t: "welcome", seq, resumed, server_at: new Date().toISOString() });
const made = () => {
  const sync = new Sync(asks);
  sync.channel?.close();
  sync.channel = null;
  return sync;
};

test("what happened between the load and the socket is loaded again", async () => {
  answers = [{ seq: 5, rows: [] }, { seq: 7, rows: [row("late", { version: 2 })] }];
  const sync = made();
  const loading = sync.snapshot();
  sync.heard([welcome(7)]);
  await loading;
  assert.equal(asked.length, 2);
  assert.ok(store.rows.has("late"));
});

test("a load that began behind the socket is enough", async () => {
  answers = [{ seq: 7, rows: [row("a")] }];
  const sync = made();
  sync.floor = 7;
  await sync.snapshot();
  assert.equal(asked.length, 1);
});

test("a socket that comes while a load is under way that holds it all asks for no other", async () => {
  answers = [{ seq: 7, rows: [row("a")] }, { seq: 7, rows: [] }];
  const sync = made();
  const loading = sync.snapshot();
  sync.heard([welcome(7)]);
  await loading;
  assert.equal(asked.length, 1);
  assert.equal(store.loading.value.open, "ready");
});

test("a socket that resumed loads nothing", async () => {
  answers = [{ seq: 7, rows: [] }];
  const sync = made();
  await sync.snapshot();
  sync.heard([welcome(9, true)]);
  assert.equal(asked.length, 1);
});

test("frames that come while a load is under way are applied behind it", async () => {
  answers = [{ seq: 5, rows: [row("a", { version: 1, topic: "loaded" })] }];
  const sync = made();
  const loading = sync.snapshot();
  sync.heard([{ t: "dialog", seq: 6, dialog: "a", version: 2, row: row("a", { version: 2, topic: "heard" }), why: "changed" }]);
  await loading;
  assert.equal(store.rows.get("a").topic, "heard");
  assert.equal(store.position.seq, 6);
});

test("a restart that was announced is told as one until the server is back", () => {
  const sync = made();
  const socket = sync.socket = {};
  sync.connect = () => {};
  sync.heard([welcome(1, true)]);
  sync.onFrame({ t: "bye", retry_ms: 5000 });
  sync.onClose(socket, 1001, true);
  clearTimeout(sync.retrying);
  assert.equal(store.connection.value, "restarting");
  sync.heard([welcome(1, true)]);
  assert.equal(store.connection.value, "connected");
});

test("a connection that is refused is none at once", () => {
  answers = [{ seq: 1, rows: [] }];
  const sync = made();
  const socket = sync.socket = {};
  sync.connect = () => {};
  sync.heard([welcome(1, true)]);
  sync.onClose(socket, 1006, false);
  clearTimeout(sync.retrying);
  assert.equal(store.connection.value, "offline");
});
