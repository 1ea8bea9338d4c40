import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as store from "../../../bots/desk/static/desk/store.js";
import { row } from "./fakes.js";

const me = { operator: { id: "anna", name: "Anna", status: "online" }, roles: ["operator"], settings: {} };
beforeEach(() => {
  store.forgetAll();
  store.session.value = me;
  store.tab.value = "queue";
  store.held.value = null;
  store.filters.value = store.EMPTY_FILTERS;
});

test("an older version of a row changes nothing", () => {
  store.putRow(row("a", { version: 5, topic: "new" }));
  assert.equal(store.putRow(row("a", { version: 4, topic: "old" })), false);
  assert.equal(store.rows.get("a").topic, "new");
});

test("the queue stands by priority and then by wait", () => {
  store.putRow(row("late", { waiting_since: "2027-03-01T07:05:00.000Z" }));
  store.putRow(row("early", { waiting_since: "2027-03-01T07:01:00.000Z" }));
  store.putRow(row("urgent", { waiting_since: "2027-03-01T07:09:00.000Z", priority: 1 }));
  assert.deepEqual(store.order.value, ["urgent", "early", "late"]);
});

test("one's own dialogs stand by activity, and only they are mine", () => {
  const with_ = (id) => ({ state: "with_operator", operator: { id, name: id } });
  store.putRow(row("old", { ...with_("anna"), updated_at: "2027-03-01T07:00:00.000Z" }));
  store.putRow(row("new", { ...with_("anna"), updated_at: "2027-03-01T08:00:00.000Z" }));
  store.putRow(row("other", with_("boris")));
  store.tab.value = "mine";
  assert.deepEqual(store.order.value, ["new", "old"]);
});

test("counts follow the server's rule: unread counts in one's own dialogs alone", () => {
  store.putRow(row("q", { unread: 3 }));
  store.putRow(row("m", { state: "with_operator", operator: { id: "anna", name: "Anna" }, unread: 2 }));
  store.putRow(row("o", { state: "with_operator", operator: { id: "boris", name: "Boris" }, unread: 9 }));
  store.putRow(row("c", { state: "closed" }));
  assert.deepEqual(store.counts.value, { queue: 1, mine: 1, all: 3, unread: 2 });
});

test("a held list does not move; what comes is counted", () => {
  store.putRow(row("a"));
  store.held.value = store.order.value.slice();
  store.putRow(row("b", { waiting_since: "2027-03-01T06:00:00.000Z" }));
  assert.deepEqual(store.shown.value, ["a"]);
  assert.equal(store.newer.value, 1);
  store.held.value = null;
  assert.deepEqual(store.shown.value, ["b", "a"]);
});

test("an empty list is never held: the first dialog is seen at once", () => {
  store.held.value = [];
  store.putRow(row("a"));
  assert.deepEqual(store.shown.value, ["a"]);
});

test("a fresh load drops what is gone and keeps what is newer here", () => {
  store.putRow(row("gone"));
  store.putRow(row("kept", { version: 7 }));
  store.putRow(row("closed", { state: "closed" }));
  store.replaceOpen([row("kept", { version: 6 }), row("fresh")]);
  assert.deepEqual([...store.rows.keys()].sort(), ["closed", "fresh", "kept"]);
  assert.equal(store.rows.get("kept").version, 7);
});

test("filters leave what fits", () => {
  store.putRow(row("a", { topic: "balance" }));
  store.putRow(row("b", { topic: "speed", tags: ["vip"] }));
  store.filters.value = { ...store.EMPTY_FILTERS, tag: "vip" };
  assert.deepEqual(store.order.value, ["b"]);
  assert.deepEqual(store.choices.value.topic, ["balance", "speed"]);
});

test("five thousand rows are sorted again in a moment", () => {
  store.replaceOpen(Array.from({ length: 5000 }, (_, n) => row(`d${n}`, { waiting_since: new Date(1.8e12 + n * 1000).toISOString() })));
  store.order.value;
  const began = performance.now();
  for (let n = 0; n < 20; n += 1) {
    store.putRow(row(`d${n * 7}`, { version: n + 2 }));
    store.order.value;
  }
  assert.ok((performance.now() - began) / 20 < 50, "a row costs a frame or more");
});
