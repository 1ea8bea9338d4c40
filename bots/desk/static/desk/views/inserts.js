// What is put into a text: ready texts, found by a few letters and filled in by the server; colleagues; signs.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../ui.js";
import { post } from "../api.js";
import { words } from "../desk.js";
import { shownName, t } from "../i18n.js";
import { colleagues } from "../mentions.js";
import * as store from "../store.js";

const MOST = 30;

/** Those that hold every word, best by how often they are used. */
export function matching(texts, wanted, queue) {
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return texts
    .filter((one) => !one.queue_id || one.queue_id === queue)
    .filter((one) => parts.every((part) => `${one.name} ${one.body} ${one.tags.join(" ")}`.toLowerCase().includes(part)))
    .sort((a, b) => b.used - a.used || a.name.localeCompare(b.name)).slice(0, MOST);
}

/** A field that narrows a list down. found(wanted): items [{id}]; draw(item): what stands for one. */
function Finder({ id, label, list, none, found: find, draw, onPick, onClose }) {
  const [wanted, want] = useState("");
  const [at, point] = useState(0);
  const box = useRef(null);
  const found = find(wanted);
  const chosen = found[Math.min(at, found.length - 1)];
  useLayoutEffect(() => { // at once: the next letters are already being typed
    box.current.querySelector("input").focus();
    const away = (event) => { if (!box.current?.contains(event.target)) onClose(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  useEffect(() => { box.current.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }); }, [at]);
  const onKey = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      point(Math.max(0, Math.min(found.length - 1, at + by)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (chosen) onPick(chosen);
    }
  };
  return html`<div class="popover canned" ref=${box} onKeyDown=${onKey}>
    <input class="control" type="text" role="combobox" aria-label=${label} placeholder=${label} aria-expanded="true" aria-controls=${`${id}-list`}
      aria-activedescendant=${chosen ? `${id}-${chosen.id}` : undefined} value=${wanted} onInput=${(e) => { want(e.target.value); point(0); }} />
    ${found.length === 0 && html`<p class="muted pad">${none}</p>`}
    <div class="canned-list" id=${`${id}-list`} role="listbox" aria-label=${list}>${found.map((one) => html`
      <div key=${one.id} id=${`${id}-${one.id}`} role="option" aria-selected=${one === chosen} class="canned-item" onClick=${() => onPick(one)}>${draw(one)}</div>`)}</div></div>`;
}

export function Canned({ dialog, onPick, onClose }) {
  const pick = async (one) => {
    try {
      onPick(await post(`/canned/${one.id}/render`, { dialog_id: dialog.id }));
    } catch (problem) {
      store.toast("bad", words(problem));
      onClose();
    }
  };
  return html`<${Finder} id="canned" label=${t("canned.find")} list=${t("canned")} none=${t("canned.none")} onPick=${pick} onClose=${onClose}
    found=${(wanted) => matching(store.canned.value, wanted, dialog.queue_id)}
    draw=${(one) => html`<span class="canned-name">${one.name}</span><span class="canned-body">${one.body}</span>`} />`;
}

/** Colleagues whom a note may name. */
export function People({ queue, onPick, onClose }) {
  const found = (wanted) => colleagues(queue).filter((one) => one.name.toLowerCase().includes(wanted.trim().toLowerCase()));
  return html`<${Finder} id="people" label=${t("mention.find")} list=${t("mention")} none=${t("mention.none")} onPick=${(one) => onPick(one.name)} onClose=${onClose}
    found=${found} draw=${(one) => html`<span class="canned-name">${shownName(one.name)}</span><span class="canned-body">${t(`status.${one.status}`)}</span>`} />`;
}

const SIGNS = [..."🙂😊😉😄😅🤔😔🙏👍👌👏🤝💙❤🎉✅❌⚠📎📷📞📧⏳🔧🔌💡📶🌐💳🏠🚚⭐"];

/** A small set of signs that support people really use. */
export function Emoji({ onPick, onClose }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    box.current.firstElementChild.focus();
    const away = (event) => { if (!box.current?.contains(event.target)) onClose(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const onKey = (event) => {
    const all = [...box.current.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 8, ArrowUp: at - 8 }[event.key];
    if (event.key === "Escape") onClose();
    else if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length].focus();
    }
  };
  return html`<div class="popover emoji" role="group" aria-label=${t("composer.emoji")} ref=${box} onKeyDown=${onKey}>
    ${SIGNS.map((sign) => html`<button type="button" key=${sign} onClick=${() => onPick(sign)}>${sign}</button>`)}</div>`;
}
