import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { shownName, span, t, use } from "../../../bots/desk/static/desk/i18n.js";
import en from "../../../bots/desk/static/desk/i18n/en.js";
import ru from "../../../bots/desk/static/desk/i18n/ru.js";
import { actionOf, caption, isAllowed, pressed } from "../../../bots/desk/static/desk/keys.js";
import { shiftsOf } from "../../../bots/desk/static/desk/views/settings/hours.js";

const FOLDER = fileURLToPath(new URL("../../../bots/desk/static/desk/", import.meta.url));
const source = readdirSync(FOLDER, { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("i18n/"))
  .map((name) => readFileSync(join(FOLDER, name), "utf8")).join("\n");

test("both languages have the same keys and the same variables", () => {
  assert.deepEqual(Object.keys(ru), Object.keys(en));
  const variables = (text) => (text.match(/\{\w+\}/g) || []).sort();
  for (const key of Object.keys(en)) assert.deepEqual(variables(ru[key]), variables(en[key]), key);
});

test("every key that is used is written", () => {
  const used = [...source.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((found) => found[1]);
  assert.ok(used.length > 200);
  assert.deepEqual(used.filter((key) => !(key in en)), []);
});

test("no key is written in vain", () => {
  const starts = [...source.matchAll(/`([\w.]+[._])\$\{/g)].map((found) => found[1]);
  const idle = Object.keys(en).filter((key) => !source.includes(`"${key}"`) && !starts.some((start) => key.startsWith(start)));
  assert.deepEqual(idle, []);
});

test("Russian words have no Latin letters in disguise", () => {
  const mixed = Object.entries(ru).filter(([, text]) => /[а-яё][a-z]|[a-z][а-яё]/i.test(text.replace(/\{\w+\}/g, " ")));
  assert.deepEqual(mixed, []);
});

test("spans are said in one or two words", async () => {
  await use("en");
  assert.deepEqual([5, 61, 3600, 7500, 200_000, -3].map(span), ["5 s", "1 min", "1 h", "2 h 5 min", "2 d", "0 s"]);
  await use("ru");
  assert.equal(span(7500), "2 ч 5 мин");
  assert.equal(t("row.unread", { n: 3 }), "непрочитанных 3");
  await use("en");
});

test("characters that turn the direction of text are made visible", () => {
  assert.equal(shownName("a\u202egnp.exe"), "a\ufffdgnp.exe");
});

const key = (code, fields = {}) => ({ code, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false, ...fields });

test("keys are physical: ЙЦУКЕН and QWERTY press the same action", () => {
  assert.equal(actionOf(key("KeyJ", { altKey: true, key: "о" })), "next");
  assert.equal(actionOf(key("KeyJ", { altKey: true, key: "j" })), "next");
});

test("composing, AltGraph and pairs that switch the layout are no actions", () => {
  assert.equal(pressed(key("KeyJ", { altKey: true, isComposing: true })), "");
  assert.equal(pressed(key("KeyJ", { altKey: true, getModifierState: () => true })), "");
  assert.equal(pressed(key("KeyJ", { altKey: true, shiftKey: true })), "");
});

test("an action can be moved or switched off", () => {
  assert.equal(actionOf(key("KeyJ", { altKey: true }), { next: "" }), null);
  assert.equal(actionOf(key("KeyQ", { altKey: true }), { next: "Alt+KeyQ" }), "next");
  assert.equal(isAllowed("Alt+KeyD"), false);
  assert.equal(isAllowed("KeyA"), false);
  assert.deepEqual(caption("Alt+Slash"), ["Alt", "/"]);
});

test("working hours are read as people write them", () => {
  assert.deepEqual(shiftsOf("9:00 - 13:00, 14:00–18:00"), [["09:00", "13:00"], ["14:00", "18:00"]]);
  assert.deepEqual(shiftsOf(""), []);
  assert.equal(shiftsOf("from nine"), null);
});
