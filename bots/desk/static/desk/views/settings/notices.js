// Which events make themselves known, how loudly, and for whose dialogs.

import { html, useState } from "../../ui.js";
import * as desk from "../../desk.js";
import { t } from "../../i18n.js";
import { choiceOf, EVENTS } from "../../notices.js";
import * as store from "../../store.js";
import { Button, Select } from "../parts.js";
import { Table } from "../table.js";
import { Panel } from "./panel.js";

const SOUND_OF = { deadline: "deadline_late" };

export function NoticeSettings() {
  const [permission, allow] = useState("Notification" in globalThis ? Notification.permission : "denied");
  const change = (event, fields) => {
    const all = Object.fromEntries(EVENTS.map((name) => [name, choiceOf(name)]));
    desk.saveSettings({ sounds: { ...all, [event]: { ...all[event], ...fields } } });
  };
  const tick = (event, name) => html`<input type="checkbox" class="tick" aria-label=${t("notices.of", { what: t(`notices.${name}`), event: t(`event.${event}`) })}
    checked=${choiceOf(event)[name]} onChange=${(e) => change(event, { [name]: e.target.checked })} />`;
  const columns = [
    { key: "event", title: t("notices.event"), cell: (one) => html`<strong>${t(`event.${one.id}`)}</strong>` },
    { key: "scope", title: t("notices.scope"), cell: (one) => html`<${Select} label=${t("notices.of", { what: t("notices.scope"), event: t(`event.${one.id}`) })} value=${choiceOf(one.id).scope}
      onChange=${(scope) => change(one.id, { scope })} options=${["off", "mine", "queues", "all"].map((name) => [name, t(`scope.${name}`)])} />` },
    { key: "sound", title: t("notices.sound"), cell: (one) => tick(one.id, "sound") },
    { key: "volume", title: t("notices.volume"), cell: (one) => html`<input type="range" min="0" max="100" step="5" value=${choiceOf(one.id).volume}
      aria-label=${t("notices.of", { what: t("notices.volume"), event: t(`event.${one.id}`) })} onChange=${(e) => change(one.id, { volume: Number(e.target.value) })} />` },
    { key: "notice", title: t("notices.notice"), cell: (one) => tick(one.id, "notice") },
    { key: "test", title: "", cell: (one) => html`<${Button} small icon="sound" label=${t("notices.test", { event: t(`event.${one.id}`) })}
      onClick=${() => desk.parts.sound?.play(SOUND_OF[one.id] || one.id, { test: true })} />` },
  ];
  return html`<${Panel} title=${t("settings.notices")} lead=${t("notices.lead")}
    action=${permission === "default" && html`<${Button} onClick=${async () => allow(await Notification.requestPermission())}>${t("notices.allow")}<//>`}>
    ${permission === "denied" && html`<p class="muted">${t("notices.denied")}</p>`}
    <${Table} label=${t("settings.notices")} columns=${columns} items=${EVENTS.map((id) => ({ id }))} key=${store.session.value.settings.version} /><//>`;
}
