// What stands where nothing is: the empty queue with today's numbers, and no dialog chosen.

import { html, useEffect, useState } from "../ui.js";
import { get } from "../api.js";
import { t } from "../i18n.js";
import { caption, DEFAULTS } from "../keys.js";
import * as store from "../store.js";
import { Blank } from "./parts.js";

/** Nobody waits; supervisors see how the day went. */
export function QueueToday() {
  const [today, show] = useState(null);
  useEffect(() => {
    if (!store.isSupervisor.value) return;
    get("/board").then((board) => show(board.today), () => {});
  }, []);
  return html`<${Blank} icon="closed" title=${t("list.empty.queue")}>${today
    ? html`<dl class="numbers">${["opened", "answered", "closed", "missed"].map((name) => html`
        <div key=${name}><dt>${t(`today.${name}`)}</dt><dd>${today[name]}</dd></div>`)}</dl>`
    : t("list.empty.queue.text")}<//>`;
}

const TAUGHT = ["take_next", "next", "next_unread", "search", "cheat"];

export function Keys({ name }) {
  const key = store.session.value.settings.keys?.[name] ?? DEFAULTS[name];
  if (!key) return html`<span class="muted">${t("keys.off")}</span>`;
  return html`<span class="keys">${caption(key).map((part) => html`<kbd key=${part}>${part}</kbd>`)}</span>`;
}

/** Nothing is open: the few keys with which a day begins. */
export function NothingOpen() {
  return html`<${Blank} icon="dialogs" title=${t("thread.none")}>
    <dl class="shortcuts">${TAUGHT.map((name) => html`<div key=${name}><dt>${t(`key.${name}`)}</dt><dd><${Keys} name=${name} /></dd></div>`)}</dl><//>`;
}
