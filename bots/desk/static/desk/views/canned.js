// Ready texts by a few letters; variables are filled in by the server for this dialog.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../ui.js";
import { post } from "../api.js";
import { words } from "../desk.js";
import { t } from "../i18n.js";
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

export function Canned({ dialog, onPick, onClose }) {
  const [wanted, want] = useState("");
  const [at, point] = useState(0);
  const box = useRef(null);
  const found = useMemo(() => matching(store.canned.value, wanted, dialog.queue_id), [wanted, store.canned.value]);
  const chosen = found[Math.min(at, found.length - 1)];
  useLayoutEffect(() => { // at once: the next letters are already being typed
    box.current.querySelector("input").focus();
    const away = (event) => { if (!box.current?.contains(event.target)) onClose(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  useEffect(() => { box.current.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }); }, [at]);
  const pick = async (one) => {
    try {
      onPick(await post(`/canned/${one.id}/render`, { dialog_id: dialog.id }));
    } catch (problem) {
      store.toast("bad", words(problem));
      onClose();
    }
  };
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
      if (chosen) pick(chosen);
    }
  };
  return html`<div class="popover canned" ref=${box} onKeyDown=${onKey}>
    <input class="control" type="text" role="combobox" aria-label=${t("canned.find")} placeholder=${t("canned.find")} aria-expanded="true" aria-controls="canned-list"
      aria-activedescendant=${chosen ? `canned-${chosen.id}` : undefined} value=${wanted} onInput=${(e) => { want(e.target.value); point(0); }} />
    ${found.length === 0 && html`<p class="muted pad">${t("canned.none")}</p>`}
    <div class="canned-list" id="canned-list" role="listbox" aria-label=${t("canned")}>${found.map((one) => html`
      <div key=${one.id} id=${`canned-${one.id}`} role="option" aria-selected=${one === chosen} class="canned-item" onClick=${() => pick(one)}>
        <span class="canned-name">${one.name}</span><span class="canned-body">${one.body}</span></div>`)}</div></div>`;
}
