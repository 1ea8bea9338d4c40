// Ready texts: personal ones, and shared ones for whoever may share.

import { html, useEffect, useRef, useState } from "../../ui.js";
import { get, patch, post, remove } from "../../api.js";
import * as desk from "../../desk.js";
import { t } from "../../i18n.js";
import * as store from "../../store.js";
import { Button, Choice, Field, Modal, Table } from "../parts.js";
import { Panel, useAct } from "./panel.js";

const EMPTY = { name: "", body: "", scope: "me", queue_id: "", tags: "" };

export function CannedSettings() {
  const [edited, edit] = useState(null);
  const mayChange = (one) => one.scope === "me" || store.isSupervisor.value;
  const columns = [
    { key: "name", title: t("canned.name"), cell: (one) => html`<strong>${one.name}</strong>` },
    { key: "body", title: t("canned.text"), cell: (one) => html`<span class="canned-body">${one.body}</span>` },
    { key: "scope", title: t("canned.scope"), cell: (one) => (one.scope === "queue" ? store.queueName(one.queue_id) : t(`canned.scope.${one.scope}`)) },
    { key: "used", title: t("canned.used"), number: true },
    { key: "act", title: "", cell: (one) => mayChange(one) && html`<${Button} small label=${t("edit.name", { name: one.name })} icon="note"
      onClick=${() => edit({ ...one, queue_id: one.queue_id || "", tags: one.tags.join(", ") })} />` },
  ];
  return html`<${Panel} title=${t("canned")} lead=${t("canned.lead")} action=${html`<${Button} kind="primary" icon="plus" onClick=${() => edit(EMPTY)}>${t("canned.add")}<//>`}>
    <${Table} label=${t("canned")} columns=${columns} items=${store.canned.value} empty=${t("canned.empty")} />
    ${edited && html`<${Edit} start=${edited} onClose=${() => edit(null)} />`}<//>`;
}

function Edit({ start, onClose }) {
  const [form, change] = useState(start);
  const act = useAct();
  const put = (name) => (value) => change({ ...form, [name]: value });
  const set = (name) => (event) => put(name)(event.target.value);
  const submit = async () => {
    const body = {
      name: form.name, body: form.body, scope: form.scope, queue_id: form.scope === "queue" ? form.queue_id : null,
      tags: form.tags.split(",").map((tag) => tag.trim()).filter(Boolean),
    };
    const work = () => (start.id ? patch(`/canned/${start.id}`, { version: start.version, ...body, queue_id: body.queue_id || "" }) : post("/canned", body));
    if (await act.run(async () => { await work(); await desk.loadCanned(); })) onClose();
  };
  const area = useRef(null);
  const [values, meet] = useState([]);
  useEffect(() => { get("/canned/variables").then(meet, () => {}); }, []);
  const insert = (name) => {
    const { selectionStart: from, selectionEnd: to } = area.current;
    put("body")(`${form.body.slice(0, from)}{${name}}${form.body.slice(to)}`);
    area.current.focus();
  };
  const drop = async () => { if (await act.run(async () => { await remove(`/canned/${start.id}`); await desk.loadCanned(); }, t("canned.gone"))) onClose(); };
  const scopes = store.isSupervisor.value ? ["me", "queue", "all"] : ["me"];
  return html`<${Modal} title=${start.id ? start.name : t("canned.add")} onClose=${onClose} onSubmit=${submit} footer=${html`
      ${start.id && html`<${Button} kind="danger" onClick=${drop}>${t("delete")}<//>`}<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary">${t("save")}</button>`}>
    <${Field} label=${t("canned.name")}><input class="control" data-first value=${form.name} maxLength="100" onInput=${set("name")} /><//>
    <${Field} label=${t("canned.text")} hint=${t("canned.variables")}><textarea class="control" rows="6" ref=${area} maxLength="8000" value=${form.body} onInput=${set("body")}></textarea><//>
    <div class="values" role="group" aria-label=${t("canned.values")}>${values.map((one) => html`<${Button} small key=${one.name} onClick=${() => insert(one.name)}>
      <code>${`{${one.name}}`}</code>${` ${one.title || t(`canned.value.${one.name}`)}`}<//>`)}</div>
    <div class="grid2"><${Choice} label=${t("canned.scope")} value=${form.scope} onChange=${put("scope")} options=${scopes.map((name) => [name, t(`canned.scope.${name}`)])} />
    ${form.scope === "queue" && html`<${Choice} label=${t("queue")} value=${form.queue_id} onChange=${put("queue_id")}
      options=${[["", ""], ...store.queues.value.map((one) => [one.id, one.name])]} />`}</div>
    <${Field} label=${t("canned.tags")}><input class="control" value=${form.tags} onInput=${set("tags")} /><//>${act.line}<//>`;
}
