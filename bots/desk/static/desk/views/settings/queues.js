// Queues with their promises, and working hours with their zone.

import { html, useState } from "../../ui.js";
import { patch, post, put } from "../../api.js";
import * as desk from "../../desk.js";
import { moment, span, t } from "../../i18n.js";
import * as store from "../../store.js";
import { Button, Field, Modal } from "../parts.js";
import { Table } from "../table.js";
import { Failed, Panel, useAct, useLoaded } from "./panel.js";
import { Hours, hoursProblem, latest, readHours, writtenHours } from "./hours.js";

const EMPTY = { name: "", lang: "", calendar_id: "", answer_within_s: 300, warn_before_s: 60, pick_within_s: 0, assign: "manual" };
const MINUTES = ["answer_within_s", "warn_before_s", "pick_within_s"];

export function QueueSettings() {
  const hours = useLoaded("/calendars");
  const [edited, edit] = useState(null);
  const [planned, plan] = useState(null);
  const columns = [
    { key: "name", title: t("queue"), cell: (one) => html`<strong>${one.name}</strong> <span class="muted">${one.id}</span>` },
    { key: "open", title: t("queues.now"), cell: (one) => (one.archived ? html`<span class="tag">${t("archived")}</span>` : one.open_now ? t("queues.open")
      : one.opens_at ? t("queues.opens", { at: moment(one.opens_at) }) : t("queues.closed")) },
    { key: "hours", title: t("queues.hours"), cell: (one) => one.calendar_id || t("queues.always") },
    { key: "answer", title: t("queues.answer"), number: true, cell: (one) => (one.answer_within_s ? span(one.answer_within_s) : "—") },
    { key: "assign", title: t("queues.assign"), cell: (one) => t(`assign.${one.assign}`) },
    { key: "act", title: "", cell: (one) => html`<${Button} small icon="settings" label=${t("edit.name", { name: one.name })} onClick=${() => edit(one)} />` },
  ];
  const calendars = hours.value ? latest(hours.value) : [];
  const plans = [
    { key: "id", title: t("hours.name"), cell: (one) => html`<strong>${one.id}</strong>` }, { key: "zone", title: t("hours.zone") },
    { key: "weekly", title: t("hours.week"), cell: (one) => (one.always ? t("queues.always") : writtenHours(one.weekly)) },
    { key: "since", title: t("hours.begins"), cell: (one) => one.effective_from },
    { key: "act", title: "", cell: (one) => html`<${Button} small icon="clock" label=${t("edit.name", { name: one.id })} onClick=${() => plan(one)} />` },
  ];
  return html`<${Panel} title=${t("settings.queues")} action=${html`<${Button} kind="primary" icon="plus" onClick=${() => edit(EMPTY)}>${t("queues.add")}<//>`}>
      <${Table} label=${t("settings.queues")} columns=${columns} items=${store.queues.value} /><//>
    <${Panel} title=${t("queues.hours")} lead=${t("hours.lead")} action=${html`<${Button} icon="plus" onClick=${() => plan({ id: "", zone: store.session.value.zone, weekly: {}, exceptions: {}, always: false, version: 0 })}>${t("hours.add")}<//>`}>
      ${hours.error && html`<${Failed} text=${hours.error} />`}<${Table} label=${t("queues.hours")} columns=${plans} items=${calendars} /><//>
    ${edited && html`<${Edit} start=${edited} calendars=${calendars} onClose=${() => { edit(null); desk.loadQueues(); }} />`}
    ${planned && html`<${EditHours} start=${planned} onClose=${() => { plan(null); hours.again(); }} />`}`;
}

function Edit({ start, calendars, onClose }) {
  const [form, change] = useState(start);
  const act = useAct();
  const isNew = start.version === undefined;
  const set = (name) => (event) => change({ ...form, [name]: event.target.value });
  const minutes = (name) => html`<${Field} label=${t(`queues.${name}`)}><input class="control" type="number" min="0" step="1" value=${form[name] / 60}
    onInput=${(event) => change({ ...form, [name]: Math.round(Number(event.target.value) * 60) })} /><//>`;
  const submit = async () => {
    const body = Object.fromEntries(["name", "lang", "calendar_id", "assign", ...MINUTES].map((name) => [name, form[name]]));
    if (await act.run(() => (isNew ? post("/queues", { id: form.id, ...body }) : patch(`/queues/${start.id}`, { version: start.version, ...body })))) onClose();
  };
  const archive = async () => { if (await act.run(() => patch(`/queues/${start.id}`, { version: start.version, archived: !start.archived }))) onClose(); };
  const select = (name, options) => html`<select class="control" value=${form[name]} onChange=${set(name)}>${options.map(([key, text]) => html`
    <option key=${key} value=${key} selected=${key === form[name]}>${text}</option>`)}</select>`;
  return html`<${Modal} title=${isNew ? t("queues.add") : start.name} wide onClose=${onClose} onSubmit=${submit} footer=${html`
      ${!isNew && html`<${Button} kind="danger" onClick=${archive}>${t(start.archived ? "restore" : "archive")}<//>`}
      <${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary">${t("save")}</button>`}>
    <div class="grid2"><${Field} label=${t("queues.name")}><input class="control" data-first maxLength="100" value=${form.name} onInput=${set("name")} /><//>
      ${isNew && html`<${Field} label=${t("queues.id")} hint=${t("queues.id.hint")}><input class="control" value=${form.id || ""} onInput=${set("id")} /><//>`}
      <${Field} label=${t("queues.hours")}>${select("calendar_id", [["", t("queues.always")], ...calendars.map((one) => [one.id, one.id])])}<//>
      <${Field} label=${t("queues.assign")}>${select("assign", ["manual", "auto"].map((name) => [name, t(`assign.${name}`)]))}<//>
      ${MINUTES.map((name) => minutes(name))}</div>${act.line}<//>`;
}

function EditHours({ start, onClose }) {
  const [form, change] = useState({ ...start, text: readHours(start.weekly), days: Object.entries(start.exceptions).map(([day, shifts]) => `${day} ${shifts.map((one) => one.join("-")).join(" ")}`.trim()).join("\n") });
  const [from, begin] = useState(new Date(store.clock.value).toISOString().slice(0, 10));
  const act = useAct();
  const submit = async () => {
    const { weekly, exceptions, problem } = hoursProblem(form);
    if (problem) {
      await act.run(async () => { throw Object.assign(new Error(problem), { body: {}, detail: problem }); });
      return;
    }
    const body = { zone: form.zone, weekly, exceptions, always: form.always, effective_from: from, version: start.version };
    if (await act.run(() => put(`/calendars/${form.id}`, body))) onClose();
  };
  return html`<${Modal} title=${start.id || t("hours.add")} wide onClose=${onClose} onSubmit=${submit} footer=${html`
      <${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${!form.id}>${t("save")}</button>`}>
    <div class="grid2">${!start.id && html`<${Field} label=${t("hours.name")} hint=${t("queues.id.hint")}><input class="control" data-first value=${form.id} onInput=${(e) => change({ ...form, id: e.target.value })} /><//>`}
      <${Field} label=${t("hours.zone")}><input class="control" value=${form.zone} onInput=${(e) => change({ ...form, zone: e.target.value })} /><//>
      <${Field} label=${t("hours.begins")}><input class="control" type="date" value=${from} onInput=${(e) => begin(e.target.value)} /><//></div>
    <label class="check"><input type="checkbox" checked=${form.always} onChange=${(e) => change({ ...form, always: e.target.checked })} /><span>${t("queues.always")}</span></label>
    ${!form.always && html`<${Hours} text=${form.text} onChange=${(text) => change({ ...form, text })} />
      <${Field} label=${t("hours.exceptions")} hint=${t("hours.exceptions.hint")}><textarea class="control" rows="3" value=${form.days} onInput=${(e) => change({ ...form, days: e.target.value })}></textarea><//>`}${act.line}<//>`;
}
