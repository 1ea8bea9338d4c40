// What the bot knew when it asked for people.

import { html } from "../ui.js";
import { moment, shownName, t, tOr } from "../i18n.js";
import { Icon } from "./icons.js";

export function Handoff({ handoff }) {
  const facts = [
    [t("handoff.scenario"), handoff.scenario], [t("handoff.intent"), handoff.intent !== handoff.scenario && handoff.intent],
    [t("handoff.tries"), handoff.tries || ""],
    ...handoff.slots.map((slot) => [shownName(slot.title), shownName(slot.value)]),
  ].filter(([, value]) => value);
  return html`<aside class="handoff" aria-label=${t("handoff")}>
    <header><span class="handoff-icon"><${Icon} name="bot" size=${18} /></span>
      <div><h2>${tOr(`reason.${handoff.reason}`, handoff.reason ? t("handoff.reason", { reason: handoff.reason }) : t("handoff"))}</h2>
        <p class="muted">${t("handoff.at", { at: moment(handoff.escalated_at) })}</p></div></header>
    ${handoff.summary && html`<p class="handoff-summary">${shownName(handoff.summary)}</p>`}
    ${facts.length > 0 && html`<dl>${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}</aside>`;
}
