// Colleagues that a note names: `@Anna` tells Anna.

import * as store from "./store.js";

/** Whom one may name, by name; queue: those who serve it. */
export const colleagues = (queue = "") =>
  store.operators.value.filter((one) => one.id !== store.me.value && (!queue || !one.queues.length || one.queues.includes(queue)))
    .sort((a, b) => a.name.localeCompare(b.name));

/** Ids of the people a text names; of "Anna" and "Anna Ray" the longer one is meant. */
export function mentionsIn(text, people = colleagues()) {
  const found = [];
  let rest = text.toLowerCase();
  for (const one of [...people].sort((a, b) => b.name.length - a.name.length)) {
    const parts = rest.split(`@${one.name.toLowerCase()}`);
    if (parts.length === 1) continue;
    found.push(...people.filter((other) => other.name === one.name).map((other) => other.id));
    rest = parts.join(" ");
  }
  return found;
}
