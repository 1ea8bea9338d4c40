import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Announcer } from "../../../bots/desk/static/desk/announcer.js";
import { use } from "../../../bots/desk/static/desk/i18n.js";
import { mentionsIn } from "../../../bots/desk/static/desk/mentions.js";
import { asked } from "../../../bots/desk/static/desk/views/search.js";
import { message, Timers } from "./fakes.js";

beforeEach(() => use("en"));

function announcer(told = 1) {
  const timers = new Timers();
  const said = [];
  return { timers, said, made: new Announcer({ say: (text) => said.push(text), told, later: timers.later, cancel: timers.cancel }) };
}

test("lines that come while one is about to be read are read with it", async () => {
  const { made, timers, said } = announcer();
  made.heard([message(1), message(2)]);
  made.heard([message(1), message(2), message(3)]);
  await timers.run();
  assert.equal(said.at(-1), "New messages: 2");
  made.heard([message(1), message(2), message(3), message(4)]);
  await timers.run();
  assert.equal(said.at(-1), "New message: line 4");
});

test("one's own lines, and those that were there, are not read", async () => {
  const { made, timers, said } = announcer(2);
  made.heard([message(1), message(2), message(3, { author: { kind: "operator", name: "Anna" } })]);
  await timers.run();
  assert.deepEqual(said, []);
});

test("the same words again are said again", async () => {
  const { made, timers, said } = announcer(0);
  const again = { parts: [{ t: "text", v: "да" }] };
  made.heard([message(1, again)]);
  await timers.run();
  made.heard([message(1, again), message(2, again)]);
  await timers.run();
  assert.deepEqual(said, ["", "New message: да", "", "New message: да"]);
});

test("a note tells those whom it names, and of two names the longer one", () => {
  const people = [{ id: "a", name: "Анна" }, { id: "r", name: "Анна Рэй" }, { id: "b", name: "Борис" }];
  assert.deepEqual(mentionsIn("@анна Рэй, посмотрите", people), ["r"]);
  assert.deepEqual(mentionsIn("@Борис и @Анна", people).sort(), ["a", "b"]);
  assert.deepEqual(mentionsIn("Борис, почта boris@example.com", people), []);
});

test("filters of the search are days of the clock on the wall, both ends included", () => {
  const found = asked("q", { since: "2027-03-01", until: "2027-03-01", channel: "", queue: "", operator: "", tag: " vip ", rating: "0" });
  assert.equal(Date.parse(found.to) - Date.parse(found.from), 86_400_000);
  assert.equal(new Date(found.from).getHours(), 0);
  assert.deepEqual([found.q, found.tag, found.rating], ["q", "vip", "0"]);
});
