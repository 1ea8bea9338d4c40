// Search over customers and messages; what was found comes as pieces of text, never as markup.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, query } from "../api.js";
import * as desk from "../desk.js";
import { moment, shownName, t } from "../i18n.js";
import { Blank, Button, Face, Modal, Skeleton } from "./parts.js";
import { nameOf } from "./row.js";

const PAUSE_MS = 250;
const SHORTEST = 2;
const NOTHING = Object.freeze({ customers: [], items: [], next_cursor: null, partial: false });

export function Search({ onClose }) {
  const [wanted, want] = useState("");
  const [found, show] = useState(null);
  const [state, say] = useState("");
  const asked = useRef(0);
  useEffect(() => {
    const q = wanted.trim();
    if (q.length < SHORTEST) {
      show(null);
      say("");
      return undefined;
    }
    const timer = setTimeout(() => load(q), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const load = async (q, cursor = "") => {
    asked.current += 1;
    const mine = asked.current;
    say("loading");
    try {
      const page = await get(`/search${query({ q, cursor })}`);
      if (mine !== asked.current) return;
      show((before) => (cursor && before ? { ...page, customers: before.customers, items: [...before.items, ...page.items] } : { ...NOTHING, ...page }));
      say("");
    } catch (problem) {
      if (mine === asked.current) say(desk.words(problem));
    }
  };
  const pick = (id) => {
    onClose();
    desk.open(id);
  };
  const pickCustomer = async (id) => {
    const dialogs = await get(`/customers/${id}/dialogs`).catch(() => []);
    if (dialogs.length) pick(dialogs[0].id);
  };
  const isNothing = found && found.items.length === 0 && found.customers.length === 0;
  return html`<${Modal} title=${t("search.title")} wide onClose=${onClose}>
    <input class="control tall" type="search" data-first aria-label=${t("search")} placeholder=${t("search.hint")} value=${wanted} onInput=${(e) => want(e.target.value)} />
    <div class="found" aria-live="polite">
      ${state === "loading" && !found && html`<${Skeleton} lines=${4} />`}
      ${state && state !== "loading" && html`<p class="form-error" role="alert">${state}</p>`}
      ${isNothing && html`<${Blank} icon="search" title=${t("search.nothing")}><${Button} onClick=${() => want("")}>${t("search.clear")}<//><//>`}
      ${found?.customers.length > 0 && html`<h3>${t("search.customers")}</h3><ul class="found-people">${found.customers.map((one) => html`
        <li key=${one.id}><button type="button" onClick=${() => pickCustomer(one.id)}><${Face} name=${one.name} id=${one.id} size=${28} /><span>${nameOf(one)}</span>
          <span class="muted">${t(`level.${one.level}`)}</span></button></li>`)}</ul>`}
      ${found?.items.length > 0 && html`<h3>${t("search.messages")}</h3><ul class="found-items">${found.items.map(({ row, hits }) => html`
        <li key=${row.id}><button type="button" class="found-item" onClick=${() => pick(row.id)}>
          <span class="found-top"><strong>${nameOf(row.customer)}</strong><span class="muted">${row.channel.name} · ${moment(row.updated_at)}</span></span>
          ${hits.map((hit) => html`<span class="hit" key=${hit.n}>${hit.pieces.map((piece, n) => (piece.hit ? html`<mark key=${n}>${shownName(piece.text)}</mark>` : shownName(piece.text)))}</span>`)}
        </button></li>`)}</ul>`}
      ${found?.next_cursor && html`<${Button} onClick=${() => load(wanted.trim(), found.next_cursor)}>${t("more")}<//>`}</div><//>`;
}
