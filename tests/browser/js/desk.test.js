import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as desk from "../../../bots/desk/static/desk/desk.js";
import { apply } from "../../../bots/desk/static/desk/frames.js";
import * as store from "../../../bots/desk/static/desk/store.js";
import * as threads from "../../../bots/desk/static/desk/threads.js";
import { dialog, message, row } from "./fakes.js";

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
