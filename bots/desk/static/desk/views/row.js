// One row of the list: who, where, what last, how long it waits.

import { cls, html, memo } from "../ui.js";
import * as desk from "../desk.js";
import { clockTime, moment, shownName, span, t } from "../i18n.js";
import { dueOf, stateOf } from "../shapes.js";
import * as store from "../store.js";
import { Face } from "./parts.js";
import { channelIcon, Icon, STATE_ICONS } from "./icons.js";

export const ROW_PX = 64;

export const nameOf = (customer) => shownName(customer.name) || t("customer.nameless");

/** Seconds the customer has been waiting; null while nobody waits. */
export const waitedS = (row, now) => (row.waiting_since ? (now - Date.parse(row.waiting_since)) / 1000 : null);

export const Row = memo(({ row, place, total, isOpen, isActive, now, typing }) => {
  if (!row) return null;
  const waited = waitedS(row, now);
  const name = nameOf(row.customer);
  const label = [
    `${name}, ${row.channel.name}, ${t("row.waiting", { t: waited === null ? "—" : span(waited) })}, ${t("row.unread", { n: row.unread })}`,
    row.priority > 0 ? t("row.priority") : "", isElsewhere(row) ? t("row.with", { name: row.operator.name }) : "",
  ].filter(Boolean).join(", ");
  return html`<div role="option" id=${`row-${row.id}`} aria-description=${previewOf(row)} aria-selected=${isOpen} aria-posinset=${place + 1} aria-setsize=${total}
    class=${cls("row", isOpen && "open", isActive && "active", row.unread > 0 && "unread")}
    style=${{ transform: `translateY(${place * ROW_PX}px)` }} onClick=${() => desk.open(row.id)}>
    <span class="unseen">${label}</span><${Face} name=${name} id=${row.customer.id}><span class="face-mark"><${Icon} name=${STATE_ICONS[row.state]} size=${12} /></span><//>
    <span class="row-main" aria-hidden="true"><span class="row-top"><span class="row-name">${name}</span>
      ${row.priority > 0 && html`<${Icon} name="star" size=${14} class="priority" />`}
      <${Wait} row=${row} waited=${waited} /></span>
    <span class="row-bottom"><span class="row-channel"><${Icon} name=${channelIcon(row.channel.kind)} size=${13} />${row.channel.name}</span>
      <span class="row-preview">${typing ? html`<em>${t("row.typing")}</em>` : previewOf(row)}</span><${Marks} row=${row} /></span></span></div>`;
});

const isElsewhere = (row) => Boolean(row.operator) && row.operator.id !== store.me.value;

function Wait({ row, waited }) {
  if (waited === null) {
    const at = row.preview.at || row.updated_at;
    return html`<span class="wait">${Date.parse(at) > store.clock.value - 86_400_000 ? clockTime(at) : moment(at)}</span>`;
  }
  const state = dueOf(row, store.clock.value);
  const word = state === "ok" ? "" : ` ${t(`deadline.${state}`)}`;
  return html`<span class=${`wait ${state}`}><${Icon} name=${state === "late" ? "late" : "clock"} size=${13} />${span(waited)}${word}</span>`;
}

function previewOf(row) {
  const { author, text, files } = row.preview;
  const said = text || (files ? t("row.files", { n: files }) : t(`state.${stateOf(row)}`));
  const by = { operator: t("row.you_or_colleague"), bot: t("author.bot") }[author];
  return shownName(by ? `${by}: ${said}` : said);
}

function Marks({ row }) {
  return html`${row.has_draft && html`<span class="mark draft">${t("row.draft")}</span>`}
    ${isElsewhere(row) && row.state === "with_operator" && html`<span class="mark">${row.operator.name}</span>`}
    ${row.facts.includes("missed") && html`<span class="mark bad">${t("fact.missed")}</span>`}
    ${row.unread > 0 && html`<span class="badge">${row.unread}</span>`}`;
}
