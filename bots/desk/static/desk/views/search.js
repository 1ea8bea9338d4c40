// Search over customers and messages; what was found comes as pieces of text, never as markup.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, query } from "../api.js";
import * as desk from "../desk.js";
import { moment, shownName, t } from "../i18n.js";
import * as store from "../store.js";
import { Blank, Button, Choice, Face, Field, Modal, Skeleton } from "./parts.js";
import { nameOf } from "./row.js";

const PAUSE_MS = 250;
const SHORTEST = 2;
const NOTHING = Object.freeze({ customers: [], items: [], next_cursor: null, partial: false });

const EMPTY = Object.freeze({ since: "", until: "", channel: "", queue: "", operator: "", tag: "", rating: "" });

/** What is asked of the server: days are those of the clock on the wall, both ends included. */
export function asked(q, filters) {
  const day = (text, by) => {
    if (!text) return "";
    const at = new Date(`${text}T00:00`);
    at.setDate(at.getDate() + by);
    return at.toISOString();
  };
  const { since, until, tag, ...rest } = filters;
  return { q, ...rest, from: day(since, 0), to: day(until, 1), tag: tag.trim() };
}

function Filters({ filters, onChange }) {
  const field = (name, control) => html`<${Field} label=${t(`search.${name}`)}>${control}<//>`;
  const input = (name, type) => field(name, html`<input class="control" type=${type} maxLength="100" value=${filters[name]} onInput=${(e) => onChange({ ...filters, [name]: e.target.value })} />`);
  const choice = (name, label, options) => html`<${Choice} label=${label} value=${filters[name]} onChange=${(value) => onChange({ ...filters, [name]: value })}
    options=${[["", t("search.any")], ...options]} />`;
  const named = (all) => all.map((one) => [one.id, shownName(one.name)]);
  return html`<div class="filter-line">${input("since", "date")}${input("until", "date")}
    ${choice("channel", t("channel"), named(store.channels.value))}${choice("queue", t("queue"), named(store.queues.value))}
    ${choice("operator", t("operator"), named(store.operators.value))}${input("tag", "text")}
    ${choice("rating", t("search.rating"), Array.from({ length: 11 }, (_, n) => [String(n), String(n)]))}</div>`;
}

export function Search({ onClose }) {
  const [wanted, want] = useState("");
  const [filters, filter] = useState(EMPTY);
  const [areFiltersOpen, openFilters] = useState(false);
  const [found, show] = useState(null);
  const [state, say] = useState("");
  const count = useRef(0);
  const set = Object.values(filters).filter((value) => value.trim()).length;
  useEffect(() => {
    const q = wanted.trim();
    if (q.length < SHORTEST && !set) {
      count.current += 1;
      show(null);
      say("");
      return undefined;
    }
    const timer = setTimeout(() => load(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted, filters]);
  const load = async (cursor = "") => {
    count.current += 1;
    const mine = count.current;
    say("loading");
    try {
      const page = await get(`/search${query({ ...asked(wanted.trim(), filters), cursor })}`);
      if (mine !== count.current) return;
      show((before) => (cursor && before ? { ...page, customers: before.customers, items: [...before.items, ...page.items] } : { ...NOTHING, ...page }));
      say("");
    } catch (problem) {
      if (mine === count.current) say(desk.words(problem));
    }
  };
  const pick = (id, n = 0) => {
    onClose();
    if (n) store.goal.value = { id, n };
    desk.open(id);
  };
  const pickCustomer = async (id) => {
    const dialogs = await get(`/customers/${id}/dialogs`).catch(() => []);
    if (dialogs.length) pick(dialogs[0].id);
  };
  const isNothing = found && found.items.length === 0 && found.customers.length === 0;
  return html`<${Modal} title=${t("search.title")} wide onClose=${onClose}>
    <input class="control tall" type="search" data-first aria-label=${t("search")} placeholder=${t("search.hint")} value=${wanted} onInput=${(e) => want(e.target.value)} />
    <div><${Button} small kind="quiet" icon="settings" aria-expanded=${areFiltersOpen} onClick=${() => openFilters(!areFiltersOpen)}>
      ${set ? t("search.filters_set", { n: set }) : t("search.filters")}<//></div>
    ${areFiltersOpen && html`<${Filters} filters=${filters} onChange=${filter} />`}
    <div class="found" aria-live="polite">
      ${state === "loading" && !found && html`<${Skeleton} lines=${4} />`}
      ${state && state !== "loading" && html`<p class="form-error" role="alert">${state}</p>`}
      ${isNothing && html`<${Blank} icon="search" title=${t("search.nothing")}><${Button} onClick=${() => { want(""); filter(EMPTY); }}>${t("search.clear")}<//><//>`}
      ${found?.customers.length > 0 && html`<h3>${t("search.customers")}</h3><ul class="found-people">${found.customers.map((one) => html`
        <li key=${one.id}><button type="button" onClick=${() => pickCustomer(one.id)}><${Face} name=${one.name} id=${one.id} size=${28} /><span>${nameOf(one)}</span>
          <span class="muted">${t(`level.${one.level}`)}</span></button></li>`)}</ul>`}
      ${found?.items.length > 0 && html`<h3>${t("search.messages")}</h3><ul class="found-items">${found.items.map(({ row, hits }) => html`
        <li key=${row.id} class="found-item"><button type="button" class="found-top" onClick=${() => pick(row.id, hits.at(-1)?.n)}>
          <strong>${nameOf(row.customer)}</strong><span class="muted">${row.channel.name} · ${moment(row.updated_at)}</span></button>
          ${hits.map((hit) => html`<button type="button" class="hit" key=${hit.n} onClick=${() => pick(row.id, hit.n)}>${hit.pieces.map((piece, n) => (
            piece.hit ? html`<mark key=${n}>${shownName(piece.text)}</mark>` : shownName(piece.text)))}</button>`)}</li>`)}</ul>`}
      ${found?.partial && html`<p class="muted">${t("search.partial")}</p>`}
      ${found?.next_cursor && html`<${Button} onClick=${() => load(found.next_cursor)}>${t("more")}<//>`}</div><//>`;
}
