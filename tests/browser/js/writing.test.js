import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../../../bots/desk/static/desk/api.js";
import { Drafts } from "../../../bots/desk/static/desk/drafts.js";
import { newId } from "../../../bots/desk/static/desk/ids.js";
import { Outbox } from "../../../bots/desk/static/desk/outbox.js";
import { Storage, Timers } from "./fakes.js";

function drafts(save) {
  const timers = new Timers();
  const storage = new Storage();
  return { timers, storage, made: new Drafts({ storage, who: "anna", save, later: timers.later, cancel: timers.cancel }) };
}

test("a draft is in the browser at once and on the server later", async () => {
  const saved = [];
  const { made, timers } = drafts(async (path, body) => { saved.push([path, body]); return { rev: body.rev + 1 }; });
  made.write("d", "reply", "Hel");
  made.write("d", "reply", "Hello");
  assert.equal(made.read("d", "reply").text, "Hello");
  assert.equal(saved.length, 0);
  await timers.run();
  assert.deepEqual(saved, [["/dialogs/d/draft", { mode: "reply", text: "Hello", attachment_ids: [], rev: 0 }]]);
  assert.deepEqual(made.read("d", "reply"), { files: [], text: "Hello", rev: 1, dirty: false });
});

test("what was typed while it was saved is saved again", async () => {
  const saved = [];
  const { made, timers } = drafts(async (path, body) => {
    saved.push(body.text);
    if (saved.length === 1) made.write("d", "reply", "two");
    return { rev: saved.length };
  });
  made.write("d", "reply", "one");
  await timers.run();
  await timers.run();
  assert.deepEqual(saved, ["one", "two"]);
  assert.equal(made.read("d", "reply").rev, 2);
});

test("reply and note of two dialogs are four texts", () => {
  const { made } = drafts(async () => ({ rev: 1 }));
  for (const [dialog, mode] of [["a", "reply"], ["a", "note"], ["b", "reply"], ["b", "note"]]) made.write(dialog, mode, `${dialog} ${mode}`);
  assert.equal(made.read("b", "note").text, "b note");
  assert.equal(made.read("a", "reply").text, "a reply");
});

test("without a connection a draft stays to be saved", async () => {
  const { made, timers } = drafts(async () => { throw new Problem(0); });
  made.write("d", "reply", "kept");
  await timers.run();
  assert.equal(made.read("d", "reply").dirty, true);
});

test("another machine's draft is shown; what was typed here and not saved wins", () => {
  const { made } = drafts(async () => ({ rev: 9 }));
  made.merge("d", [{ mode: "reply", text: "from home", attachment_ids: [], rev: 3 }]);
  assert.equal(made.read("d", "reply").text, "from home");
  made.write("d", "reply", "typed here");
  made.merge("d", [{ mode: "reply", text: "from home again", attachment_ids: [], rev: 4 }]);
  assert.deepEqual(made.read("d", "reply"), { files: [], text: "typed here", rev: 4, dirty: true });
});

test("everything not saved yet is saved when asked", async () => {
  const saved = [];
  const { made } = drafts(async (path, body) => { saved.push([path, body.mode]); return { rev: 1 }; });
  made.write("a.b", "reply", "x");
  made.write("c", "note", "y");
  await made.flush();
  assert.deepEqual(saved.sort(), [["/dialogs/a.b/draft", "reply"], ["/dialogs/c/draft", "note"]]);
});

test("a broken stored draft is no draft", () => {
  const { made, storage } = drafts(async () => ({ rev: 1 }));
  storage.setItem("otklik.draft.anna.d.reply", "{not json");
  assert.equal(made.read("d", "reply").text, "");
});

// -- outbox

function outbox(send, storage = new Storage()) {
  const timers = new Timers();
  const told = [];
  const made = new Outbox({
    storage, who: "anna", send, later: timers.later,
    onSent: (entry) => told.push(["sent", entry.text]), onRefused: (entry, problem) => told.push([problem.code, entry.text]),
  });
  return { made, timers, told, storage };
}
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

test("texts of a dialog go one behind the other, in order", async () => {
  const open = [];
  const { made, told } = outbox((path, body) => new Promise((resolve) => { open.push({ body, resolve }); }));
  made.add("d", "reply", "one");
  made.add("d", "reply", "two");
  await settled();
  assert.equal(open.length, 1);
  open[0].resolve({});
  await settled();
  assert.equal(open[1].body.parts[0].v, "two");
  open[1].resolve({});
  await settled();
  assert.deepEqual(told, [["sent", "one"], ["sent", "two"]]);
  assert.deepEqual(made.entries.value, []);
});

test("a lost answer is asked for again with the same id", async () => {
  const ids = [];
  const { made, timers } = outbox(async (path, body) => {
    ids.push(body.client_id);
    if (ids.length === 1) throw new Problem(0);
    return {};
  });
  made.add("d", "reply", "once");
  await settled();
  assert.equal(made.entries.value.length, 1);
  await timers.run();
  await settled();
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

test("what was not sent is there after a reload, with its id", () => {
  const never = () => new Promise(() => {});
  const { made, storage } = outbox(never);
  const entry = made.add("d", "note", "kept");
  const again = outbox(never, storage).made;
  assert.deepEqual(again.entries.value.map((one) => one.client_id), [entry.client_id]);
});

test("a refused text is given back and does not hold up the next", async () => {
  const { made, told } = outbox(async (path, body) => {
    if (body.parts[0].v === "bad") throw new Problem(409, { code: "not_owner" });
    return {};
  });
  made.add("d", "reply", "bad");
  made.add("d", "reply", "good");
  await settled();
  await settled();
  assert.deepEqual(told, [["not_owner", "bad"], ["sent", "good"]]);
});

test("an ended session keeps the text for the next sign-in", async () => {
  let isOver = true;
  const { made, told } = outbox(async () => {
    if (isOver) throw new Problem(401, { code: "session_expired" });
    return {};
  });
  made.add("d", "reply", "patient");
  await settled();
  assert.equal(made.entries.value.length, 1);
  isOver = false;
  made.runAll();
  await settled();
  assert.deepEqual(told, [["sent", "patient"]]);
});

test("ids sort by the moment they were made", () => {
  const ids = [1, 2, 3].map((n) => newId(1.8e12 + n));
  assert.deepEqual([...ids].sort(), ids);
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
