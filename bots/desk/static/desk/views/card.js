// Who the customer is: level, accounts, collected facts, past dialogs, ratings, a note for colleagues.

import { cls, html, useEffect, useState } from "../ui.js";
import { get, patch, post } from "../api.js";
import * as desk from "../desk.js";
import { moment, shownName, t, tOr } from "../i18n.js";
import { stateOf } from "../shapes.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { channelIcon, Icon, STATE_ICONS } from "./icons.js";
import { Button, Face, Skeleton } from "./parts.js";
import { nameOf } from "./row.js";

const LEVEL_ICONS = { verified: "verified", linked: "shield", anonymous: "person" };

export function Card({ id }) {
  const dialog = threads.thread(id).value.dialog;
  const customer = dialog?.customer.id;
  const [card, show] = useState(null);
  const [past, showPast] = useState([]);
  const [isBroken, broke] = useState(false);
  useEffect(() => {
    if (!customer) return undefined;
    let isHere = true;
    get(`/customers/${customer}`).then((found) => isHere && show(found), () => isHere && broke(true));
    get(`/customers/${customer}/dialogs`).then((found) => isHere && showPast(found), () => {});
    return () => { isHere = false; };
  }, [customer, dialog?.state, desk.cardNews.value.id === customer && desk.cardNews.value.version]);
  return html`<aside class="card" role="region" aria-label=${t("card")}>
    ${card ? html`<${Facts} card=${card} onChange=${show} dialog=${dialog} /><${Past} past=${past} openId=${id} />`
    : isBroken ? html`<p class="muted pad">${t("card.failed")}</p>` : html`<${Skeleton} lines=${5} />`}</aside>`;
}

function Facts({ card, onChange, dialog }) {
  const name = nameOf(card);
  const isOver = dialog.state === "closed" || dialog.state === "rating";
  const accounts = card.accounts.filter((one) => one.reachable && (isOver || one.channel !== dialog.channel.id));
  const write = () => { store.modal.value = { name: "write", customer: card.id, accounts }; };
  return html`<header class="card-head"><${Face} name=${name} id=${card.id} size=${48} />
      <div><h2>${name}</h2><p class=${`level ${card.level}`}><${Icon} name=${LEVEL_ICONS[card.level]} size=${16} label=${t(`level.${card.level}`)} />
        <span aria-hidden="true">${t(`level.${card.level}`)}</span></p></div></header>
    <${About} dialog=${dialog} key=${`about ${dialog.version}`} /><section><h3>${t("card.accounts")}</h3><ul class="accounts">${card.accounts.map((one) => html`<li key=${one.id}>
      <${Icon} name=${channelIcon(kindOf(one.channel, dialog))} size=${16} /><span class="account-name">${shownName(one.handle) || one.channel}</span><span class="muted">${one.channel}</span>
      ${!one.reachable && html`<span class="mark bad" title=${one.unreachable}>${tOr(`unreachable.${one.unreachable}`, t("card.unreachable"))}</span>`}</li>`)}</ul>
      ${accounts.length > 0 && html`<${Button} small icon="note" onClick=${write}>${t("write")}<//>`}</section>
    ${(card.contract || card.fields.length > 0) && html`<section><h3>${t("card.facts")}</h3><dl class="facts">
      ${card.contract && html`<${Fact} card=${card} field=${{ key: "contract", title: t("card.contract"), value: card.contract, masked: card.contract.includes("•") }} />`}
      ${card.fields.map((field) => html`<${Fact} key=${field.key} card=${card} field=${field} />`)}</dl></section>`}
    <${NoteOn} card=${card} onChange=${onChange} key=${card.version} />
    ${card.ratings.length > 0 && html`<section><h3>${t("card.ratings")}</h3><ul class="ratings">${card.ratings.filter((one) => one.answered_at).map((one, n) => html`
      <li key=${n}><${Icon} name="star" size=${14} /><strong>${one.value}</strong><span class="muted"> / ${one.scale[1]} · ${moment(one.answered_at)}</span>
      ${one.comment && html`<q>${shownName(one.comment)}</q>`}</li>`)}</ul></section>`}`;
}

/** What the dialog is about: topic, tags, and for supervisors its priority. */
function About({ dialog }) {
  const mayChange = dialog.allowed.includes("resend");
  const change = async (fields) => {
    try {
      store.putRow(await patch(`/dialogs/${dialog.id}`, { state_rev: dialog.state_rev, ...fields }));
      desk.refresh(dialog.id);
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  const onTag = (event) => {
    const tag = event.target.value.trim();
    if (event.key !== "Enter" || !tag) return;
    event.preventDefault();
    change({ tags_add: [tag] });
  };
  const onTopic = (event) => { if (event.target.value.trim() !== dialog.topic) change({ topic: event.target.value.trim() }); };
  if (!mayChange) {
    return (dialog.topic || dialog.tags.length > 0) && html`<section><h3>${t("card.about")}</h3><p>${shownName(dialog.topic)}</p>
      <p class="tags">${dialog.tags.map((tag) => html`<span class="tag" key=${tag}>${shownName(tag)}</span>`)}</p></section>`;
  }
  return html`<section><h3>${t("card.about")}</h3>
    <input class="control" aria-label=${t("filter.topic")} placeholder=${t("filter.topic")} defaultValue=${dialog.topic} maxLength="100" onChange=${onTopic} />
    ${dialog.tags.length > 0 && html`<p class="tags">${dialog.tags.map((tag) => html`<span class="tag" key=${tag}>${shownName(tag)}
      <button type="button" class="tag-x" aria-label=${t("card.tag.remove", { tag: shownName(tag) })} onClick=${() => change({ tags_remove: [tag] })}>×</button></span>`)}</p>`}
    <input class="control" aria-label=${t("card.tag.add")} placeholder=${t("card.tag.add")} maxLength="40" onKeyDown=${onTag} />
    ${store.isSupervisor.value && html`<label class="check"><input type="checkbox" checked=${dialog.priority > 0} onChange=${(e) => change({ priority: e.target.checked ? 1 : 0 })} />
      <span>${t("card.priority")}</span></label>`}</section>`;
}

const kindOf = (channel, dialog) =>
  (channel === dialog?.channel.id ? dialog.channel.kind : store.channels.value.find((one) => one.id === channel)?.kind);

/** A value that is masked shows itself for a reason, for a while. */
function Fact({ card, field }) {
  const [shown, show] = useState("");
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => show(""), 30_000);
    return () => clearTimeout(timer);
  }, [shown]);
  const title = shownName(field.title);
  const reveal = () => {
    store.modal.value = {
      name: "reason", title: t("card.show", { field: title }), text: t("card.show.text"), word: t("card.show.do"),
      act: async (reason) => show((await post(`/customers/${card.id}/reveal`, { field: field.key, reason })).value),
    };
  };
  return html`<div><dt>${title}</dt><dd>${shownName(shown || field.value)}
    ${field.masked && !shown && html`<${Button} kind="quiet" small icon="eye" label=${t("card.show", { field: title })} onClick=${reveal} />`}</dd></div>`;
}

function NoteOn({ card, onChange }) {
  const [note, write] = useState(card.note);
  const save = async () => {
    try {
      onChange(await patch(`/customers/${card.id}`, { version: card.version, note }));
      store.toast("ok", t("card.note.kept"));
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  return html`<section><h3>${t("card.note")}</h3>
    ${card.tags.length > 0 && html`<p class="tags">${card.tags.map((tag) => html`<span class="tag" key=${tag}>${shownName(tag)}</span>`)}</p>`}
    <textarea class="control" rows="2" aria-label=${t("card.note")} placeholder=${t("card.note.hint")} value=${note} onInput=${(e) => write(e.target.value)}></textarea>
    ${note !== card.note && html`<${Button} small onClick=${save}>${t("save")}<//>`}</section>`;
}

function Past({ past, openId }) {
  const others = past.filter((row) => row.id !== openId);
  return html`<section><h3>${t("card.dialogs", { n: past.length })}</h3>
    ${others.length === 0 && html`<p class="muted">${t("card.dialogs.none")}</p>`}
    <ul class="past">${others.map((row) => html`<li key=${row.id}><button type="button" class="past-item" onClick=${() => desk.open(row.id)}>
      <${Icon} name=${STATE_ICONS[row.state]} size=${16} /><span class="past-text"><span>${row.topic || shownName(row.preview.text) || t(`state.${stateOf(row)}`)}</span>
      <span class=${cls("muted")}>${moment(row.opened_at)} · ${row.channel.name} · ${t(`state.${stateOf(row)}`)}</span></span></button></li>`)}</ul></section>`;
}
