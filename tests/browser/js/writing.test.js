import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, Problem } from "../../../bots/desk/static/desk/api.js";
import { Drafts, gaps, isEmpty } from "../../../bots/desk/static/desk/drafts.js";
import { Outbox } from "../../../bots/desk/static/desk/outbox.js";
import { Locks, Storage, Timers } from "./fakes.js";

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
  assert.deepEqual(saved, [["/dialogs/d/draft", { mode: "reply", text: "Hello", attachment_ids: [], missing: [], rev: 0 }]]);
  const { text, rev, dirty } = made.read("d", "reply");
  assert.deepEqual({ text, rev, dirty }, { text: "Hello", rev: 1, dirty: false });
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
  const { text, rev, dirty } = made.read("d", "reply");
  assert.deepEqual({ text, rev, dirty }, { text: "typed here", rev: 4, dirty: true });
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

test("a draft that finds no room is still there to go on typing, and is saved", async () => {
  const saved = [];
  const { made, timers, storage } = drafts(async (path, body) => { saved.push(body.text); return { rev: 1 }; });
  made.write("d", "reply", "short");
  storage.setItem = () => { throw new Error("full"); };
  made.write("d", "reply", "much longer");
  assert.equal(made.read("d", "reply").text, "much longer");
  await timers.run();
  assert.deepEqual(saved, ["much longer"]);
});

test("one draft is saved at a time, so that none is on top of an old one", async () => {
  const asked = [];
  const { made, timers } = drafts((path, body) => new Promise((answer) => { asked.push({ body, answer }); }));
  made.write("d", "reply", "typed");
  const first = timers.run();
  made.clear("d", "reply"); // sent, before the server answered
  const second = timers.run();
  await settled();
  assert.equal(asked.length, 1);
  asked[0].answer({ rev: 1 });
  await settled();
  assert.deepEqual([asked[1].body.text, asked[1].body.rev], ["", 1]);
  asked[1].answer({ rev: 2 });
  await Promise.all([first, second]);
});

test("what another machine typed is not taken away by sending the text before it here", () => {
  const { made } = drafts(async () => ({ rev: 9 }));
  made.merge("d", [{ mode: "reply", text: "first", attachments: [], missing: [], rev: 3 }]);
  made.clear("d", "reply");
  made.merge("d", [{ mode: "reply", text: "first, and more from home", attachments: [], missing: [], rev: 4 }]);
  assert.equal(made.read("d", "reply").text, "first, and more from home");
});

test("a sent text does not come back by its own draft whose answer was lost", async () => {
  const { made, timers } = drafts(async () => { throw new Problem(0); });
  made.write("d", "reply", "sent");
  await timers.run();
  made.clear("d", "reply");
  made.merge("d", [{ mode: "reply", text: "sent", attachments: [], missing: [], rev: 1 }]);
  const { text, rev, dirty } = made.read("d", "reply");
  assert.deepEqual({ text, rev, dirty }, { text: "", rev: 1, dirty: true });
});

test("a draft keeps the line it answers, here and on the server, and is one without any text", async () => {
  const saved = [];
  const { made, timers } = drafts(async (path, body) => { saved.push(body.reply_to); return { rev: saved.length }; });
  made.quote("d", 7);
  await timers.run();
  made.write("d", "reply", "yes");
  assert.deepEqual([made.read("d", "reply").quote, isEmpty(made.read("d", "reply"))], [7, false]);
  await timers.run();
  made.merge("d", [{ mode: "reply", text: "yes, but", attachments: [], missing: [], reply_to: "8", rev: 3 }]);
  assert.equal(made.read("d", "reply").quote, 8);
  made.clear("d", "reply");
  await timers.run();
  assert.deepEqual(saved, ["7", "7", undefined]);
});

test("a file from another machine has its name", () => {
  const { made } = drafts(async () => ({ rev: 9 }));
  const plan = { id: "f", name: "plan.pdf", mime: "application/pdf", size: 7, state: "ready" };
  made.merge("d", [{ mode: "reply", text: "", attachment_ids: ["f"], attachments: [plan], missing: [], rev: 1 }]);
  assert.deepEqual(made.read("d", "reply").files, [plan]);
});

test("a file that took its time joins what was typed meanwhile, and another tab's file", () => {
  const { made, storage } = drafts(async () => ({ rev: 1 }));
  const other = new Drafts({ storage, who: "anna", save: async () => ({ rev: 1 }), later() {}, cancel() {} });
  made.write("d", "reply", "typed");
  other.attach("d", { id: "b", name: "b.pdf" });
  made.write("d", "reply", "typed on");
  made.attach("d", { id: "a", name: "a.pdf" });
  const { text, files } = other.read("d", "reply");
  assert.deepEqual([text, ...files.map((file) => file.name)], ["typed on", "b.pdf", "a.pdf"]);
});

test("a file that was exchanged for another is saved", async () => {
  const saved = [];
  const { made, timers } = drafts(async (path, body) => {
    saved.push(body.attachment_ids);
    if (saved.length === 1) {
      made.detach("d", ["a"]);
      made.attach("d", { id: "b", name: "b.pdf" });
    }
    return { rev: saved.length };
  });
  made.attach("d", { id: "a", name: "a.pdf" });
  await timers.run();
  await timers.run();
  assert.deepEqual(saved, [["a"], ["b"]]);
});

test("a draft remembers what it lacks until that is filled in, taken out or sent", async () => {
  const saved = [];
  const { made, timers, storage } = drafts(async (path, body) => { saved.push(body.missing); return { rev: 1 }; });
  const lacks = () => gaps(new Drafts({ storage, who: "anna" }).read("d", "reply"));
  made.write("d", "reply", "Contract { contract }.", { missing: ["contract"] });
  made.write("d", "reply", "Contract { contract }. {day of birth}", { missing: ["day of birth"] });
  assert.deepEqual(lacks(), ["contract", "day of birth"]);
  await timers.run();
  assert.deepEqual(saved, [["contract", "day of birth"]]);
  made.write("d", "reply", "Contract 7. {day of birth} {a}");
  assert.deepEqual(lacks(), ["day of birth"]);
  made.write("d", "reply", "Contract { contract }."); // taken back
  assert.deepEqual(lacks(), ["contract"]);
  made.clear("d", "reply");
  made.write("d", "reply", "{contract}");
  assert.deepEqual(lacks(), []);
});

test("another machine knows what a draft lacks", () => {
  const { made } = drafts(async () => ({ rev: 9 }));
  made.merge("d", [{ mode: "reply", text: "{contract}", attachments: [], missing: ["contract"], rev: 1 }]);
  assert.deepEqual(gaps(made.read("d", "reply")), ["contract"]);
});

// -- outbox

function outbox(send, { storage = new Storage(), locks = new Locks() } = {}) {
  const timers = new Timers();
  const told = [];
  const made = new Outbox({
    storage, who: "anna", send, later: timers.later, lock: locks.request,
    onSent: (entry) => told.push(["sent", entry.text]), onRefused: (entry, problem) => told.push([problem.code, entry.text]),
  });
  return { made, timers, told, storage, locks };
}
/** Two tabs of one browser; each hears by events what the other keeps. */
function tabs(send) {
  const one = outbox(send);
  const two = outbox(send, one);
  for (const [name, args] of [["setItem", 2], ["removeItem", 1]]) {
    const plain = Storage.prototype[name];
    one.storage[name] = (...given) => {
      plain.apply(one.storage, given.slice(0, args));
      setImmediate(() => [one, two].forEach(({ made }) => made.heard(given[0])));
    };
  }
  return { one, two, storage: one.storage };
}
/** Everything that needs no answer and no timer has happened. */
const settled = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
};

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
  const again = outbox(never, { storage }).made;
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

test("texts of two tabs are kept beside each other", async () => {
  const { one, two, storage } = tabs(async () => { throw new Problem(0); });
  one.made.add("a", "reply", "one");
  two.made.add("b", "reply", "two");
  await settled();
  const again = outbox(() => new Promise(() => {}), { storage }).made;
  assert.deepEqual(again.entries.value.map((entry) => entry.text), ["one", "two"]);
  assert.deepEqual(one.made.entries.value.map((entry) => entry.text), ["one", "two"]);
});

test("a text that one tab has brought away leaves the other's alone", async () => {
  let isDown = true;
  const { one, two, storage } = tabs(async (path) => {
    if (isDown || path.includes("/b/")) throw new Problem(0);
    return {};
  });
  one.made.add("a", "reply", "one");
  two.made.add("b", "reply", "two");
  await settled();
  isDown = false;
  one.made.runAll();
  await settled();
  assert.deepEqual(one.told, [["sent", "one"]]);
  const again = outbox(() => new Promise(() => {}), { storage }).made;
  assert.deepEqual(again.entries.value.map((entry) => entry.text), ["two"]);
  assert.deepEqual(two.made.entries.value.map((entry) => entry.text), ["two"]);
});

test("what a closed tab left is sent by the other one", async () => {
  let isDown = true;
  const { one, two } = tabs(async () => {
    if (isDown) throw new Problem(0);
    return {};
  });
  one.made.add("a", "reply", "left behind");
  await settled();
  isDown = false;
  await two.timers.run();
  await settled();
  assert.deepEqual(two.told, [["sent", "left behind"]]);
  assert.deepEqual(two.made.entries.value, []);
});

test("two tabs that try the same text at once send it once and give it back once", async () => {
  const sent = [];
  let answer = () => { throw new Problem(0); };
  const { one, two, storage } = tabs(async (path, body) => { sent.push(body.parts[0].v); return answer(); });
  one.made.add("a", "reply", "refused");
  await settled();
  sent.length = 0;
  answer = () => { throw new Problem(409, { code: "not_owner" }); };
  one.made.runAll();
  two.made.runAll();
  await settled();
  assert.deepEqual([...one.told, ...two.told], [["not_owner", "refused"]]);
  assert.deepEqual(sent, ["refused"]);
  assert.deepEqual(Object.keys(storage), []);
});

test("a text written in the moment in which the last one is done is sent as well", async () => {
  const { made, told } = outbox(async () => ({}));
  const plain = made.lock;
  made.lock = async (name, work) => {
    const found = await plain(name, work);
    if (told.length === 1) made.add("d", "reply", "two");
    return found;
  };
  made.add("d", "reply", "one");
  await settled();
  assert.deepEqual(told, [["sent", "one"], ["sent", "two"]]);
});

test("a text that finds no room is sent nevertheless", async () => {
  const { made, told, storage } = outbox(async () => ({}));
  storage.setItem = () => { throw new Error("full"); };
  made.add("d", "reply", "small");
  await settled();
  assert.deepEqual(told, [["sent", "small"]]);
  assert.deepEqual(made.entries.value, []);
});

test("what only the page gets wrong behind a sent text does not give it back", async () => {
  const before = outbox(() => new Promise(() => {}));
  before.made.add("d", "reply", "once");
  const { made, told, storage } = outbox(async () => ({}), { storage: before.storage });
  made.onSent = () => { throw new TypeError("a slip of ours"); };
  await assert.rejects(made.run("d"), TypeError);
  assert.deepEqual(told, []);
  assert.deepEqual(Object.keys(storage), []);
});

test("ids sort by the moment they were made", () => {
  const ids = [1, 2, 3].map((n) => newId(1.8e12 + n));
  assert.deepEqual([...ids].sort(), ids);
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
