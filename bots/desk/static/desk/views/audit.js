// Who did what: the log, its filters, and whether its chain holds.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, query } from "../api.js";
import * as desk from "../desk.js";
import { dateTime, shownName, t, tOr } from "../i18n.js";
import * as store from "../store.js";
import { Button, Choice, Field, Skeleton, Table } from "./parts.js";

/** What is written into the log. */
export const ACTIONS = [
  "calendar.put", "customer.change", "customer.reveal", "dialog.force_take", "dialog.read", "operator.add", "operator.change", "operator.password", "operator.setup",
  "operator.sign_out", "operator.totp_off", "operator.totp_on", "operator.totp_reset", "queue.add", "queue.change", "search", "settings.change",
];

export function Audit() {
  const [filters, filter] = useState({ actor: "", action: "", object: "" });
  const [found, show] = useState(null);
  const [error, setError] = useState("");
  const [verdict, judge] = useState(null);
  const [met, meet] = useState([]); // who left is in no list
  const asked = useRef(0);
  const people = new Map([...store.operators.value.map((one) => [one.id, one.name]), ...met]);
  const load = async (cursor = "") => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const page = await get(`/audit${query({ ...filters, cursor })}`);
      if (mine !== asked.current) return;
      meet((known) => [...known, ...page.items.map((one) => [one.actor.id, one.actor.name])]);
      show((before) => (cursor && before ? { ...page, items: [...before.items, ...page.items] } : page));
      setError("");
    } catch (problem) {
      setError(desk.words(problem));
    }
  };
  useEffect(() => { load(); }, [filters.actor, filters.action]);
  const verify = async () => judge(await get("/audit/verify").catch((problem) => ({ problem })));
  const columns = [
    { key: "at", title: t("audit.at"), cell: (one) => dateTime(one.at) },
    { key: "actor", title: t("audit.actor"), cell: (one) => shownName(one.actor.name) || "—" },
    { key: "action", title: t("audit.action"), cell: (one) => html`<span title=${one.action}>${tOr(`audit.${one.action}`, one.action)}</span>` },
    { key: "object", title: t("audit.object"), cell: (one) => (people.get(one.object) ? shownName(people.get(one.object)) : one.object && html`<code>${shownName(one.object)}</code>`) },
    { key: "detail", title: t("audit.detail"), cell: (one) => html`<span class="muted">${Object.entries(one.detail).map(([key, value]) => `${key}: ${plain(value)}`).join(", ")}</span>` },
  ];
  const set = (name) => (value) => filter({ ...filters, [name]: value });
  const byText = ([, one], [, other]) => one.localeCompare(other);
  const actors = [...people].map(([id, name]) => [id, shownName(name) || "—"]).sort(byText);
  const actions = ACTIONS.map((name) => [name, t(`audit.${name}`)]).sort(byText);
  return html`<div class="page-head"><h1>${t("menu.audit")}</h1><${Button} icon="audit" onClick=${verify}>${t("audit.verify")}<//></div>
    ${verdict && html`<p class=${`banner ${verdict.ok ? "ok" : "bad"}`} role="status">${verdict.problem ? desk.words(verdict.problem)
      : verdict.ok ? t("audit.whole", { n: verdict.checked }) : t("audit.broken", { n: verdict.broken_at })}</p>`}
    <form class="filter-line" onSubmit=${(event) => { event.preventDefault(); load(); }}>
      <${Choice} label=${t("audit.actor")} value=${filters.actor} onChange=${set("actor")} options=${[["", t("audit.anybody")], ...actors]} />
      <${Choice} label=${t("audit.action")} value=${filters.action} onChange=${set("action")} options=${[["", t("audit.any")], ...actions]} />
      <${Field} label=${t("audit.object")}><input class="control" value=${filters.object} onInput=${(e) => set("object")(e.target.value)} /><//><button class="button">${t("audit.show")}</button></form>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}
    ${found ? html`<${Table} label=${t("menu.audit")} columns=${columns} items=${found.items} />` : !error && html`<${Skeleton} />`}
    ${found?.next_cursor && html`<${Button} onClick=${() => load(found.next_cursor)}>${t("more")}<//>`}`;
}

const plain = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : shownName(value));
