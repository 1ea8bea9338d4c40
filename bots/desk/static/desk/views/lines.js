// The lines of a transcript: days, the bot's part folded, what is new, texts still on their way.

import { html, useState } from "../ui.js";
import { dayName, t } from "../i18n.js";
import * as store from "../store.js";
import { Icon } from "./icons.js";
import { Line, Pending } from "./line.js";

/** Lines up to the first human one after the bot; fewer than three are not worth folding. */
const FOLD_FROM = 3;

function botPart(messages, dialog) {
  if (dialog.state === "bot" || !dialog.handoff) return 0;
  const at = dialog.handoff.escalated_at;
  const end = messages.findIndex((line) => line.author.kind === "operator" || line.at > at);
  const size = end < 0 ? messages.length : end;
  return size >= FOLD_FROM && messages.slice(0, size).some((line) => line.author.kind === "bot") ? size : 0;
}

export function Lines({ id, messages, dialog, newFrom, waiting }) {
  const size = botPart(messages, dialog);
  const [isOpen, open] = useState(false);
  const mayAct = dialog.allowed.includes("resend");
  const draw = (lines) => {
    const found = [];
    let day = "";
    let before = null;
    for (const line of lines) {
      const now = line.at.slice(0, 10);
      const named = dayName(line.at);
      if (now !== day) {
        found.push(html`<p class="day" key=${`day ${now} ${line.n}`}><span>${named}</span></p>`);
        before = null;
      }
      day = now;
      if (line.n === newFrom) found.push(html`<p class="new-line" key="new"><span>${t("talk.new_since")}</span></p>`);
      const isSame = before && before.kind === line.kind && before.author.kind === line.author.kind && before.author.id === line.author.id;
      found.push(html`<${Line} key=${line.n} id=${id} line=${line} follows=${Boolean(isSame)} mayAct=${mayAct} canEdit=${dialog.caps.edit} />`);
      before = line;
    }
    return found;
  };
  return html`
    ${size > 0 && html`<div class="bot-part"><button type="button" class="bot-fold" aria-expanded=${isOpen} aria-label=${t("talk.bot_part")} onClick=${() => open(!isOpen)}>
      <${Icon} name="bot" size=${16} /><span>${t("talk.bot_part")}</span><span class="muted">${t("talk.bot_lines", { n: size })}</span>
      <${Icon} name="down" size=${14} class="chevron" /></button>${isOpen && html`<div class="bot-lines">${draw(messages.slice(0, size))}</div>`}</div>`}
    ${draw(messages.slice(size))}
    ${waiting.filter((entry) => !messages.some((line) => line.client_id === entry.client_id)).map((entry) => html`
      <${Pending} key=${entry.client_id} entry=${entry} by=${store.session.value.operator.name} />`)}`;
}
