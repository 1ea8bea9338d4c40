// Messages that are answered: which may be, how they are chosen, and how they stand above the answer.

import { html } from "../ui.js";
import * as desk from "../desk.js";
import { shownName, t } from "../i18n.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { Icon } from "./icons.js";

const MOST = 160;
const ARRIVED = new Set(["sent", "delivered", "seen"]);

/** Whether a reply may show this line: the messenger knows it. A press of a button is no message there. */
export const canQuote = (line, dialog) =>
  dialog.caps.quotes && dialog.allowed.includes("reply") && line.kind === "text" && !line.deleted_at && line.code !== "pressed"
  && line.author.kind !== "system" && (line.author.kind === "customer" || ARRIVED.has(line.delivery?.state));

export function authorOf(line) {
  const { kind, name, id } = line.author;
  if (kind === "operator" && id === store.me.value) return t("author.you");
  return shownName(name) || t(`author.${kind}`);
}

const said = (part) => part.v || part.title || part.href || part.label || part.attachment?.name || "";
/** What a line says, on one row. */
function inShort(line) {
  if (line.deleted_at) return t("line.deleted");
  return shownName(line.parts.map(said).filter(Boolean).join(" ").slice(0, MOST));
}

/** The reply that is being written answers this line from now on; 0 for none. */
export function answer(id, n) {
  desk.parts.drafts.quote(id, n);
  store.touchRow(id, { has_draft: desk.hasDraft(id) });
  store.composer.value?.toReply();
}

/** Answers the line before (-1) or behind (1) the one that is answered; from none on it is the last. */
export function answerNext(id, by) {
  const { messages, dialog } = threads.known(id).value;
  const all = messages.filter((line) => canQuote(line, dialog));
  const at = all.findIndex((line) => line.n === desk.parts.drafts.read(id, "reply").quote);
  const next = at < 0 ? (by < 0 ? all.at(-1) : null) : all[Math.max(0, at + by)];
  if (next || at >= 0) answer(id, next?.n || 0);
}

/** The line that is answered; a press shows it where it stands. line: undefined when it is on no page that was loaded. */
export function Quote({ id, n, line }) {
  const author = line ? authorOf(line) : t("quote.earlier");
  const text = line ? inShort(line) : "";
  return html`<button type="button" class="quote" onClick=${() => { store.goal.value = { id, n }; }}>
    <span class="unseen">${t("quote.of")}</span><strong>${author}</strong>${text && html`<span>${text}</span>`}</button>`;
}

/** Above the reply that is being written. */
export function Answered({ id, n, messages, onRemove }) {
  return html`<div aria-live="polite">${n > 0 && html`<div class="answered"><${Icon} name="quote" size=${18} />
    <${Quote} id=${id} n=${n} line=${messages.find((one) => one.n === n)} />
    <button type="button" class="button quiet small bare" aria-label=${t("quote.remove")} title=${t("quote.remove")} onClick=${onRemove}><${Icon} name="x" size=${16} /></button></div>`}</div>`;
}
