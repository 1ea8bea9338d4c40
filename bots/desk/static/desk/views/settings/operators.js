// Accounts: who may sign in, as what, for which queues.

import { html, useState } from "../../ui.js";
import { patch, post, remove } from "../../api.js";
import { t } from "../../i18n.js";
import * as store from "../../store.js";
import { Button, Field, Modal } from "../parts.js";
import { Table } from "../table.js";
import { Failed, Panel, useAct, useLoaded } from "./panel.js";

const EMPTY = { login: "", name: "", password: "", roles: ["operator"], queues: [], limit: 5 };
const ROLES = ["operator", "supervisor", "admin"];

export function OperatorSettings() {
  const loaded = useLoaded("/accounts");
  const [edited, edit] = useState(null);
  const columns = [
    { key: "name", title: t("operators.name"), cell: (one) => html`<strong>${one.name}</strong> <span class="muted">${one.login}</span>` },
    { key: "roles", title: t("operators.roles"), cell: (one) => one.roles.map((role) => t(`role.${role}`)).join(", ") },
    { key: "queues", title: t("operators.queues"), cell: (one) => one.queues.map(store.queueName).join(", ") || "—" },
    { key: "limit", title: t("operators.limit"), number: true },
    { key: "status", title: t("board.status"), cell: (one) => (one.archived ? html`<span class="tag">${t("archived")}</span>` : t(`status.${one.status}`)) },
    { key: "act", title: "", cell: (one) => html`<${Button} small icon="settings" label=${t("edit.name", { name: one.name })} onClick=${() => edit(one)} />` },
  ];
  const changed = () => { edit(null); loaded.again(); };
  return html`<${Panel} title=${t("settings.operators")} action=${html`<${Button} kind="primary" icon="plus" onClick=${() => edit(EMPTY)}>${t("operators.add")}<//>`}>
    ${loaded.error && html`<${Failed} text=${loaded.error} />`}
    ${loaded.value && html`<${Table} label=${t("settings.operators")} columns=${columns} items=${loaded.value} />`}
    ${edited && html`<${Edit} start=${edited} onClose=${() => edit(null)} onDone=${changed} />`}<//>`;
}

function Edit({ start, onClose, onDone }) {
  const [form, change] = useState(start);
  const act = useAct();
  const isNew = !start.id;
  const toggle = (name, value) => change({ ...form, [name]: form[name].includes(value) ? form[name].filter((one) => one !== value) : [...form[name], value] });
  const set = (name) => (event) => change({ ...form, [name]: event.target.value });
  const common = () => ({ name: form.name, roles: form.roles, queues: form.queues, limit: Number(form.limit) });
  const submit = async () => {
    const work = () => (isNew ? post("/operators", { login: form.login, password: form.password, ...common() })
      : patch(`/operators/${start.id}`, { version: start.version, ...common() }));
    if (await act.run(work)) onDone();
  };
  const archive = async () => { if (await act.run(() => patch(`/operators/${start.id}`, { version: start.version, archived: !start.archived }))) onDone(); };
  const signOut = () => act.run(() => remove(`/operators/${start.id}/sessions`), t("operators.signed_out"));
  const noCodes = () => act.run(() => remove(`/operators/${start.id}/totp`), t("me.totp.off"));
  return html`<${Modal} title=${isNew ? t("operators.add") : start.name} wide onClose=${onClose} onSubmit=${submit} footer=${html`
      <${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${act.isBusy}>${t("save")}</button>`}>
    <div class="grid2"><${Field} label=${t("operators.name")}><input class="control" data-first value=${form.name} maxLength="80" onInput=${set("name")} /><//>
      ${isNew && html`<${Field} label=${t("signin.login")}><input class="control" autocomplete="off" value=${form.login} onInput=${set("login")} /><//>
      <${Field} label=${t("signin.password")} hint=${t("setup.password.hint")}><input class="control" type="password" autocomplete="new-password" value=${form.password} onInput=${set("password")} /><//>`}
      <${Field} label=${t("operators.limit")}><input class="control" type="number" min="1" max="100" value=${form.limit} onInput=${set("limit")} /><//></div>
    <fieldset class="checks"><legend>${t("operators.roles")}</legend><div class="check-list">${ROLES.map((role) => html`<label class="check" key=${role}>
      <input type="checkbox" checked=${form.roles.includes(role)} onChange=${() => toggle("roles", role)} /><span>${t(`role.${role}`)}</span></label>`)}</div></fieldset>
    <fieldset class="checks"><legend>${t("operators.queues")}</legend><div class="check-list">${store.queues.value.filter((one) => !one.archived).map((one) => html`<label class="check" key=${one.id}>
      <input type="checkbox" checked=${form.queues.includes(one.id)} onChange=${() => toggle("queues", one.id)} /><span>${one.name}</span></label>`)}</div></fieldset>
    ${!isNew && html`<div class="row-actions"><${Button} small onClick=${signOut}>${t("operators.sign_out")}<//><${Button} small onClick=${noCodes}>${t("operators.no_codes")}<//>
      <${Button} small kind="danger" onClick=${archive}>${t(start.archived ? "restore" : "archive")}<//></div>`}${act.line}<//>`;
}
