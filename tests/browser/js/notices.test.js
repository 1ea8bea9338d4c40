import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Storage, row } from "./fakes.js";

// what modules ask the browser for when a notice comes
globalThis.localStorage = new Storage();
globalThis.navigator ??= {};
globalThis.document = { visibilityState: "hidden", hasFocus: () => false };
globalThis.addEventListener = () => {};
globalThis.setInterval = () => 0; // nothing is repeated here
globalThis.AudioContext = class { state = "suspended"; };
const closed = [];
globalThis.Notification = class {
  static permission = "granted";
  constructor(title, { tag }) { this.tag = tag; }
  close() { closed.push(this.tag); }
};
const { Notices } = await import("../../../bots/desk/static/desk/notices.js");
const store = await import("../../../bots/desk/static/desk/store.js");

let notices;
beforeEach(() => {
  closed.length = 0;
  store.session.value = { operator: { id: "anna", name: "Anna", status: "online" }, roles: ["operator"], settings: {} };
  store.replaceOpen([row("d", { version: 3 }), row("e")]);
  notices = new Notices();
  notices.notice({ id: "queue:d", kind: "queue", dialog: "d", scope: "queue" });
  notices.notice({ id: "message:e:2", kind: "message", dialog: "e", scope: "mine" });
});
const rings = () => [...notices.sound.ringing.keys()];

test("who waits rings until somebody took the dialog", () => {
  assert.deepEqual(rings(), ["queue:d"]);
  store.putRow(row("d", { version: 4, state: "with_operator" }));
  assert.deepEqual(rings(), []);
  assert.deepEqual(closed, ["queue:d"]);
});

test("who left the view while nothing was heard does not ring on", () => {
  store.dropRow("d", 4);
  assert.deepEqual(rings(), []);
  assert.deepEqual(closed, ["queue:d"]);
});

test("who is missing in a fresh load does not ring on", () => {
  store.replaceOpen([row("e")]);
  assert.deepEqual(rings(), []);
});
