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
        <span aria-hidden="true">${t(`level.${card.level}`)}</span></p></div>
      <${Button} kind="quiet" icon="edit" label=${t("card.edit")} onClick=${() => { store.modal.value = { name: "card", card, onChange }; }} /></header>
    <${About} dialog=${dialog} /><section><h3>${t("card.accounts")}</h3><ul class="accounts">${card.accounts.map((one) => html`<li key=${one.id}>
      <${Icon} name=${channelIcon(kindOf(one.channel, dialog))} size=${16} /><span class="account-name">${shownName(one.handle) || one.channel}</span><span class="muted">${one.channel}</span>
      ${!one.reachable && html`<span class="mark bad" title=${one.unreachable}>${tOr(`unreachable.${one.unreachable}`, t("card.unreachable"))}</span>`}</li>`)}</ul>
      ${accounts.length > 0 && html`<${Button} small icon="note" onClick=${write}>${t("write")}<//>`}</section>
    ${(card.contract || card.fields.length > 0) && html`<section><h3>${t("card.facts")}</h3><dl class="facts">
      ${card.contract && html`<${Fact} card=${card} field=${{ key: "contract", title: t("card.contract"), value: card.contract, masked: card.contract.includes("•") }} />`}
      ${card.fields.map((field) => html`<${Fact} key=${field.key} card=${card} field=${field} />`)}</dl></section>`}
    <${TagsOn} card=${card} onChange=${onChange} />
    <${NoteOn} card=${card} onChange=${onChange} key=${card.id} />
    ${card.ratings.length > 0 && html`<section><h3>${t("card.ratings")}</h3><ul class="ratings">${card.ratings.filter((one) => one.answered_at).map((one, n) => html`
      <li key=${n}><${Icon} name="star" size=${14} /><strong>${one.value}</strong><span class="muted"> / ${one.scale[1]} · ${moment(one.answered_at)}</span>
      ${one.comment && html`<q>${shownName(one.comment)}</q>`}</li>`)}</ul></section>`}`;
}

/** What the dialog is about: topic, tags, and for supervisors its priority. What is being typed stays whatever changes around it. */
function About({ dialog }) {
  const mayChange = dialog.allowed.includes("resend");
  const [topic, writeTopic] = useState(null);
  const [tag, writeTag] = useState("");
  const change = async (fields) => {
    try {
      store.putRow(await patch(`/dialogs/${dialog.id}`, { state_rev: dialog.state_rev, ...fields }));
      await desk.refresh(dialog.id);
      return true;
    } catch (problem) {
      store.toast("bad", desk.words(problem));
      return false;
    }
  };
  const onTag = async (event) => {
    const typed = tag.trim();
    if (event.key !== "Enter" || !typed) return;
    event.preventDefault();
    if (await change({ tags_add: [typed] })) writeTag((now) => (now.trim() === typed ? "" : now));
  };
  const onTopic = async (event) => {
    const typed = event.target.value.trim();
    if (typed === dialog.topic || await change({ topic: typed })) writeTopic(null);
  };
  const head = html`<div class="section-head"><h3>${t("card.about")}</h3>
    <${Button} kind="quiet" small icon="clock" onClick=${() => { store.modal.value = { name: "history", id: dialog.id }; }}>${t("history.open")}<//></div>`;
  if (!mayChange) {
    return html`<section>${head}<p>${shownName(dialog.topic)}</p>
      <p class="tags">${dialog.tags.map((tag) => html`<span class="tag" key=${tag}>${shownName(tag)}</span>`)}</p></section>`;
  }
  return html`<section>${head}
    <input class="control" aria-label=${t("filter.topic")} placeholder=${t("filter.topic")} value=${topic ?? dialog.topic} maxLength="100"
      onInput=${(e) => writeTopic(e.target.value)} onChange=${onTopic} />
    ${dialog.tags.length > 0 && html`<p class="tags">${dialog.tags.map((one) => html`<${Tag} key=${one} tag=${one} onRemove=${() => change({ tags_remove: [one] })} />`)}</p>`}
    <input class="control" aria-label=${t("card.tag.add")} placeholder=${t("card.tag.add")} maxLength="40" value=${tag}
      onInput=${(e) => writeTag(e.target.value)} onKeyDown=${onTag} />
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

/** Tags of the person, not of one dialog. */
function TagsOn({ card, onChange }) {
  const [tag, write] = useState("");
  const put = async (tags) => {
    try {
      onChange(await patch(`/customers/${card.id}`, { version: card.version, tags }));
      return true;
    } catch (problem) {
      store.toast("bad", desk.words(problem));
      return false;
    }
  };
  const onKey = async (event) => {
    const typed = tag.trim();
    if (event.key !== "Enter" || !typed) return;
    event.preventDefault();
    if (await put([...new Set([...card.tags, typed])])) write((now) => (now.trim() === typed ? "" : now));
  };
  return html`<section><h3>${t("card.tags")}</h3>
    ${card.tags.length > 0 && html`<p class="tags">${card.tags.map((one) => html`<${Tag} key=${one} tag=${one} onRemove=${() => put(card.tags.filter((other) => other !== one))} />`)}</p>`}
    <input class="control" aria-label=${t("card.tags.add")} placeholder=${t("card.tag.add")} maxLength="40" value=${tag} onInput=${(e) => write(e.target.value)} onKeyDown=${onKey} /></section>`;
}

function Tag({ tag, onRemove }) {
  return html`<span class="tag">${shownName(tag)}<button type="button" class="tag-x" aria-label=${t("card.tag.remove", { tag: shownName(tag) })} onClick=${onRemove}>×</button></span>`;
}

const noteKey = (card) => `otklik.note.${store.me.value}.${card.id}`;

/** A note that was begun and not saved: {text, base: the note it was begun on}; null for none. */
function begun(card) {
  try {
    return JSON.parse(localStorage.getItem(noteKey(card)));
  } catch {
    return null;
  }
}

function NoteOn({ card, onChange }) {
  const [own, keep] = useState(() => begun(card));
  const put = (next) => {
    keep(next);
    try {
      if (next) localStorage.setItem(noteKey(card), JSON.stringify(next));
      else localStorage.removeItem(noteKey(card));
    } catch { /* a full storage must not stop the typing */ }
  };
  const text = own?.text ?? card.note;
  const write = (event) => {
    const typed = event.target.value;
    put(typed === card.note ? null : { text: typed, base: own?.base ?? card.note });
  };
  const save = async () => {
    try {
      onChange(await patch(`/customers/${card.id}`, { version: card.version, note: text }));
      put(null);
      store.toast("ok", t("card.note.kept"));
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  const isDirty = text !== card.note;
  return html`<section><h3>${t("card.note")}</h3>
    <textarea class="control" rows="2" aria-label=${t("card.note")} placeholder=${t("card.note.hint")} value=${text} onInput=${write}></textarea>
    ${isDirty && own.base !== card.note && html`<p class="muted">${t("card.note.theirs", { note: shownName(card.note) || "—" })}</p>`}
    ${isDirty && html`<${Button} small onClick=${save}>${t("save")}<//>`}</section>`;
}

function Past({ past, openId }) {
  const others = past.filter((row) => row.id !== openId);
  return html`<section><h3>${t("card.dialogs", { n: past.length })}</h3>
    ${others.length === 0 && html`<p class="muted">${t("card.dialogs.none")}</p>`}
    <ul class="past">${others.map((row) => html`<li key=${row.id}><button type="button" class="past-item" onClick=${() => desk.open(row.id)}>
      <${Icon} name=${STATE_ICONS[row.state]} size=${16} /><span class="past-text"><span>${row.topic || shownName(row.preview.text) || t(`state.${stateOf(row)}`)}</span>
      <span class=${cls("muted")}>${moment(row.opened_at)} · ${row.channel.name} · ${t(`state.${stateOf(row)}`)}</span></span></button></li>`)}</ul></section>`;
}
