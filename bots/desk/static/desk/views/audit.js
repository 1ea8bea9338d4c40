// Who did what: the log, its filters, and whether its chain holds.

import { html, useEffect, useState } from "../ui.js";
import { get, query } from "../api.js";
import * as desk from "../desk.js";
import { dateTime, shownName, t, tOr } from "../i18n.js";
import { Button, Field, Skeleton } from "./parts.js";
import { Table } from "./table.js";

export function Audit() {
  const [filters, filter] = useState({ actor: "", action: "", object: "" });
  const [found, show] = useState(null);
  const [error, setError] = useState("");
  const [verdict, judge] = useState(null);
  const load = async (cursor = "") => {
    try {
      const page = await get(`/audit${query({ ...filters, cursor })}`);
      show((before) => (cursor && before ? { ...page, items: [...before.items, ...page.items] } : page));
      setError("");
    } catch (problem) {
      setError(desk.words(problem));
    }
  };
  useEffect(() => { load(); }, []);
  const verify = async () => judge(await get("/audit/verify").catch((problem) => ({ problem })));
  const columns = [
    { key: "at", title: t("audit.at"), cell: (one) => dateTime(one.at) },
    { key: "actor", title: t("audit.actor"), cell: (one) => shownName(one.actor.name) || "—" },
    { key: "action", title: t("audit.action"), cell: (one) => html`<span title=${one.action}>${tOr(`audit.${one.action}`, one.action)}</span>` },
    { key: "object", title: t("audit.object"), cell: (one) => html`<code>${shownName(one.object)}</code>` },
    { key: "detail", title: t("audit.detail"), cell: (one) => html`<span class="muted">${Object.entries(one.detail).map(([key, value]) => `${key}: ${plain(value)}`).join(", ")}</span>` },
  ];
  const input = (name) => html`<${Field} label=${t(`audit.${name}`)}><input class="control" value=${filters[name]} onInput=${(e) => filter({ ...filters, [name]: e.target.value })} /><//>`;
  return html`<div class="page-head"><h1>${t("menu.audit")}</h1><${Button} icon="audit" onClick=${verify}>${t("audit.verify")}<//></div>
    ${verdict && html`<p class=${`banner ${verdict.ok ? "ok" : "bad"}`} role="status">${verdict.problem ? desk.words(verdict.problem)
      : verdict.ok ? t("audit.whole", { n: verdict.checked }) : t("audit.broken", { n: verdict.broken_at })}</p>`}
    <form class="filter-line" onSubmit=${(event) => { event.preventDefault(); load(); }}>${input("actor")}${input("action")}${input("object")}<button class="button">${t("audit.show")}</button></form>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}
    ${found ? html`<${Table} label=${t("menu.audit")} columns=${columns} items=${found.items} />` : !error && html`<${Skeleton} />`}
    ${found?.next_cursor && html`<${Button} onClick=${() => load(found.next_cursor)}>${t("more")}<//>`}`;
}

const plain = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : shownName(value));
