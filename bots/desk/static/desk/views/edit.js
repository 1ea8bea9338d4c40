// The window in which operators correct a customer's name and what people wrote on the card.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, patch } from "../api.js";
import * as desk from "../desk.js";
import { shownName, t } from "../i18n.js";
import * as store from "../store.js";
import { Button, Choice, Field, Modal } from "./parts.js";

const ownOf = (card) => new Map(card.fields.filter((one) => one.own).map((one) => [one.key, one]));

/** What the server is asked to change; a text that was emptied takes its fact away. */
function changesOf(card, typed) {
  const own = ownOf(card);
  const fields = {};
  for (const [key, text] of Object.entries(typed.fields)) {
    const known = own.get(key);
    const value = text?.trim() || null;
    if (value !== null ? value !== known?.value : known && (text === null || !known.masked)) fields[key] = value;
  }
  const name = typed.name?.trim();
  return { ...(name && name !== card.name && { name }), ...(Object.keys(fields).length > 0 && { fields }) };
}

/** typed: {name?, fields: {key: text, null for what is to go}}; it stays whatever happens to the card meanwhile. */
export function EditCard({ card: first, onChange, onClose }) {
  const [card, show] = useState(first);
  const [typed, type] = useState({ fields: {} });
  const [slots, meet] = useState([]);
  const [error, say] = useState("");
  const last = useRef("");
  useEffect(() => { get("/canned/variables").then((found) => meet(found.filter((one) => one.title)), () => {}); }, []);
  const own = ownOf(card);
  const keys = [...new Set([...own.keys(), ...Object.keys(typed.fields)])];
  const titleOf = (key) => shownName(own.get(key)?.title || slots.find((one) => one.name === key)?.title || key);
  const put = (key, text) => type({ ...typed, fields: { ...typed.fields, [key]: text } });
  const changes = changesOf(card, typed);
  const isChanged = Object.keys(changes).length > 0;
  const free = slots.filter((one) => !keys.includes(one.name) && !card.fields.some((field) => field.key === one.name));
  const save = async () => {
    if (!isChanged) {
      onClose();
      return;
    }
    try {
      onChange(await patch(`/customers/${card.id}`, { version: card.version, ...changes }));
      store.toast("ok", t("saved"));
      onClose();
    } catch (problem) {
      say(problem.code === "stale" ? t("card.edit.stale") : desk.words(problem));
      if (problem.code === "stale") get(`/customers/${card.id}`).then((found) => { show(found); onChange(found); }, () => {});
    }
  };
  /** What a colleague wrote where something was typed here. */
  const theirs = (mine, before, now) => mine !== undefined && before !== now && t("card.edit.theirs", { value: shownName(now) || "—" });
  const before = ownOf(first);
  const add = (key) => {
    last.current = key;
    put(key, "");
  };
  return html`<${Modal} title=${t("card.edit")} stays=${isChanged} onClose=${onClose} onSubmit=${save}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary">${t("save")}</button>`}>
    <${Field} label=${t("operators.name")} hint=${theirs(typed.name, first.name, card.name) || t("card.edit.name")}>
      <input class="control" data-first maxLength="200" value=${typed.name ?? card.name} onInput=${(e) => type({ ...typed, name: e.target.value })} /><//>
    ${keys.map((key) => html`<${Fact} key=${key} title=${titleOf(key)} text=${typed.fields[key]} known=${own.get(key)} isNew=${key === last.current}
      hint=${theirs(typed.fields[key], before.get(key)?.value, own.get(key)?.value)} onType=${(text) => put(key, text)} />`)}
    ${free.length > 0 && html`<${Choice} label=${t("card.edit.add")} value="" onChange=${add} options=${[["", "—"], ...free.map((one) => [one.name, shownName(one.title)])]} />`}
    ${error && html`<p class="form-error" role="alert">${error}</p>`}<//>`;
}

/** A fact that people wrote; its value is hidden where it is masked, so only a new one can be typed. */
function Fact({ title, text, known, isNew, hint, onType }) {
  const input = useRef(null);
  useEffect(() => { if (isNew) input.current.focus(); }, []);
  const isGone = text === null;
  const isMasked = known?.masked;
  return html`<div class="editable"><${Field} label=${title} hint=${hint || (isMasked && t("card.edit.masked"))}>
      <input class="control" ref=${input} maxLength="500" disabled=${isGone} value=${isGone ? "" : text ?? (isMasked ? "" : known.value)}
        placeholder=${isGone ? t("card.edit.gone") : isMasked ? known.value : ""} onInput=${(e) => onType(e.target.value)} /><//>
    <${Button} kind="quiet" icon=${isGone ? "undo" : "x"} label=${t(isGone ? "card.edit.keep" : "card.edit.remove", { field: title })}
      onClick=${() => onType(isGone ? undefined : null)} /></div>`;
}
