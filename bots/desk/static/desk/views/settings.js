// Settings: one's own, and those of the house for whoever may change them.

import { html, useEffect, useState } from "../ui.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import * as store from "../store.js";
import { Blank, Skeleton } from "./parts.js";

const SECTIONS = {
  me: () => import("./settings/me.js").then((module) => module.Me),
  notices: () => import("./settings/notices.js").then((module) => module.NoticeSettings),
  keys: () => import("./settings/keys.js").then((module) => module.KeySettings),
  canned: () => import("./settings/canned.js").then((module) => module.CannedSettings),
  operators: () => import("./settings/operators.js").then((module) => module.OperatorSettings),
  queues: () => import("./settings/queues.js").then((module) => module.QueueSettings),
  channels: () => import("./settings/channels.js").then((module) => module.ChannelSettings),
  scenarios: () => import("./settings/scenarios.js").then((module) => module.ScenarioSettings),
  rating: () => import("./settings/rating.js").then((module) => module.RatingSettings),
};

/** Sections a person has, in the order of the menu. */
export function sections() {
  const { isOperator, isAdmin } = store;
  return [
    "me", isOperator.value && "notices", isOperator.value && "keys", isOperator.value && "canned",
    isAdmin.value && "operators", isAdmin.value && "queues", "channels", isOperator.value && "scenarios", isAdmin.value && "rating",
  ].filter(Boolean);
}

export function Settings() {
  const all = sections();
  const wanted = store.route.value.section;
  const section = all.includes(wanted) ? wanted : all[0];
  const [views, show] = useState({});
  const [isBroken, broke] = useState(false);
  useEffect(() => {
    let isHere = true;
    SECTIONS[section]().then((View) => isHere && show((before) => ({ ...before, [section]: View })), () => isHere && broke(true));
    return () => { isHere = false; };
  }, [section]);
  const View = views[section];
  return html`<h1>${t("menu.settings")}</h1><div class="settings">
    <nav class="settings-menu" aria-label=${t("menu.settings")}>${all.map((name) => html`<a key=${name} href=${`/desk/settings/${name}`}
      aria-current=${name === section ? "page" : undefined} onClick=${(event) => { event.preventDefault(); desk.go({ page: "settings", section: name }); }}>
      ${t(`settings.${name}`)}</a>`)}</nav>
    <div class="settings-body" key=${section}>${isBroken ? html`<${Blank} icon="offline" title=${t("page.failed")} />`
      : View ? html`<${View} />` : html`<${Skeleton} />`}</div></div>`;
}
