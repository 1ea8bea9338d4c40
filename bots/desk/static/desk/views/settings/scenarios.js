// What the bot can do: version, places to return to, results of its tests, the drawing.

import { html, useState } from "../../ui.js";
import { t } from "../../i18n.js";
import * as store from "../../store.js";
import { Button, Modal } from "../parts.js";
import { Icon } from "../icons.js";
import { Table } from "../table.js";
import { Failed, Panel, useLoaded } from "./panel.js";

export function ScenarioSettings() {
  const loaded = useLoaded("/scenarios?tests=true");
  const [drawn, draw] = useState(null);
  const columns = [
    { key: "title", title: t("return.scenario"), cell: (one) => html`<strong>${one.title}</strong> <span class="muted">${one.id}</span>` },
    { key: "version", title: t("scenarios.version"), cell: (one) => html`<code>${one.version}</code>` },
    { key: "tests", title: t("scenarios.tests"), cell: (one) => (one.tests ? html`<span class=${`health ${one.tests.failed ? "down" : "ok"}`}>
      <${Icon} name=${one.tests.failed ? "late" : "check"} size=${14} />${t("scenarios.passed", { n: one.tests.passed, failed: one.tests.failed })}</span>
      ${one.tests.names.map((name) => html`<br /><span class="muted">${name}</span>`)}` : "—") },
    { key: "entries", title: t("scenarios.entries"), cell: (one) => one.entries.map((entry) => entry.title).join(", ") || "—" },
    { key: "act", title: "", cell: (one) => store.isSupervisor.value && html`<${Button} small icon="board" label=${t("scenarios.draw", { name: one.title })} onClick=${() => draw(one)} />` },
  ];
  return html`<${Panel} title=${t("settings.scenarios")} lead=${t("scenarios.lead")}>
    ${loaded.error && html`<${Failed} text=${loaded.error} />`}
    ${loaded.value && html`<${Table} label=${t("settings.scenarios")} columns=${columns} items=${loaded.value} />`}
    ${drawn && html`<${Modal} title=${drawn.title} wide onClose=${() => draw(null)}><img class="graph" alt=${t("scenarios.graph", { name: drawn.title })} src=${`/api/v1/scenarios/${drawn.id}/graph`} /><//>`}<//>`;
}
