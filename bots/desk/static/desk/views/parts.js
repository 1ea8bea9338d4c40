// Small building blocks that every screen uses.

import { cloneElement, cls, h, html, signal, useEffect, useId, useLayoutEffect, useRef, useState } from "../ui.js";
import { t } from "../i18n.js";
import { hue, initials } from "../shapes.js";
import { held } from "../store.js";
import { Icon } from "./icons.js";

/** A button: kind is primary, plain, quiet or danger. An icon alone needs a label. */
export function Button({ kind = "plain", icon, label, children, small, class: own, ...rest }) {
  const name = label ? { "aria-label": label, title: rest.title || label } : {};
  return html`<button type="button" class=${cls("button", kind, small && "small", !children && "bare", own)} ...${name} ...${rest}>
    ${icon && html`<${Icon} name=${icon} size=${small ? 16 : 18} />`}${children && html`<span>${children}</span>`}</button>`;
}

/** A face made of letters; decoration, the name stands beside it. */
export function Face({ name, id, size = 36, children }) {
  return html`<span class=${`face hue${hue(id || name)}`} style=${{ width: `${size}px`, height: `${size}px` }} aria-hidden="true">
    ${initials(name)}${children}</span>`;
}

/** A labelled field around a control. */
export function Field({ label, hint, children }) {
  const id = useId();
  // a hint describes the control, it is no part of its name
  const control = hint ? cloneElement(children, { "aria-describedby": id }) : children;
  return html`<div class="field"><label><span class="field-label">${label}</span>${control}</label>
    ${hint && html`<span class="field-hint" id=${id}>${hint}</span>`}</div>`;
}

export function Select({ label, value, onChange, options, ...rest }) {
  return html`<select class="control" aria-label=${label} value=${value} onChange=${(event) => onChange(event.target.value)} ...${rest}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select>`;
}

/** A choice with a visible label. options: [[key, text]]. */
export function Choice({ label, value, onChange, options, first, hint }) {
  return html`<${Field} label=${label} hint=${hint}><select class="control" value=${value} data-first=${first} onChange=${(event) => onChange(event.target.value)}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${String(key) === String(value)}>${text}</option>`)}</select><//>`;
}

/** What had the focus is gone or switched off: the keyboard goes on in the list, which flows until a key is pressed. */
export function keepFocus() {
  const node = document.activeElement;
  if (node && node !== document.body && !node.disabled) return;
  const rows = document.getElementById("rows");
  rows?.focus({ preventScroll: true });
  if (!rows?.matches(":hover")) held.value = null;
}

/** A window over the page: focus stays inside, Escape closes, focus goes back where it was. */
export function Modal({ title, onClose, children, wide, stays, footer, onSubmit }) {
  const box = useRef(null);
  const isBeside = useRef(false);
  useLayoutEffect(() => { // at once: the next letters are already being typed
    const before = document.activeElement;
    const node = box.current;
    node.showModal();
    node.querySelector("[data-first]")?.focus();
    return () => {
      node.close();
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
      keepFocus();
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    if (!stays) onClose();
  };
  const submit = (event) => {
    event.preventDefault();
    onSubmit?.();
  };
  return html`<dialog ref=${box} class=${cls("modal", wide && "wide")} aria-label=${title} onCancel=${cancel}
    onKeyDown=${(event) => { if (event.key === "Escape" && !event.defaultPrevented) cancel(event); }}
    onPointerDown=${(event) => { isBeside.current = event.target === box.current; }}
    onClick=${(event) => { if (isBeside.current && event.target === box.current && !stays) onClose(); }}>
    <form class="modal-body" onSubmit=${submit} noValidate>
      <header><h2>${title}</h2>${!stays && html`<${Button} kind="quiet" icon="x" label=${t("dismiss")} onClick=${onClose} />`}</header>
      <div class="modal-content">${children}</div>${footer && html`<footer>${footer}</footer>`}
    </form></dialog>`;
}

/** What an empty or broken place says. */
export function Blank({ icon = "empty", title, children }) {
  return html`<div class="blank"><${Icon} name=${icon} size=${40} /><p class="blank-title">${title}</p>
    ${children && html`<div class="blank-text">${children}</div>`}</div>`;
}

/** Grey bars where something is being loaded, from 200 ms on. */
export function Skeleton({ lines = 5 }) {
  const [isShown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return html`<div class="skeleton" role="status" aria-label=${t("loading")}>
    ${Array.from({ length: lines }, (_, n) => html`<span key=${n} class="bone" />`)}</div>`;
}

/** Choices below a button. items: [{key, label, icon?, checked?, onPick}]. */
export function Menu({ label, icon, text, items, kind = "quiet", class: own }) {
  const [isOpen, open] = useState(false);
  const box = useRef(null);
  const list = useRef(null);
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    (list.current.querySelector("[aria-checked=true]") || list.current.firstElementChild)?.focus();
    const away = (event) => { if (!box.current?.contains(event.target)) open(false); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);
  const shut = () => {
    open(false);
    box.current?.querySelector("button")?.focus();
  };
  const onKey = (event) => {
    const all = [...list.current.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      shut();
    } else if (event.key === "Tab") open(false);
    else if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length].focus();
    }
  };
  return html`<div class=${cls("menu-box", own)} ref=${box}>
    <button type="button" class=${`button ${kind} ${text ? "" : "bare"}`} aria-label=${label} title=${label} aria-haspopup="menu" aria-expanded=${isOpen}
      onClick=${() => open(!isOpen)}>${icon}${text && html`<span>${text}</span>`}<${Icon} name="down" size=${14} class="chevron" /></button>
    ${isOpen && html`<div class="menu" role="menu" aria-label=${label} ref=${list} onKeyDown=${onKey}>
      ${items.map((item) => html`<button type="button" key=${item.key} tabIndex="-1" class="menu-item"
        role=${item.checked === undefined ? "menuitem" : "menuitemradio"}
        aria-checked=${item.checked} onClick=${() => { shut(); item.onPick(); }}>
        ${item.icon}<span>${item.label}</span>${item.checked && html`<${Icon} name="check" size=${16} />`}</button>`)}</div>`}
  </div>`;
}

/** A table; columns: [{key, title, number?, cell?(item)}]. */
export function Table({ label, columns, items, keyOf = (item) => item.id, empty }) {
  return html`<div class="table-box" tabIndex="0" role="group" aria-label=${t("table.scroll", { name: label })}><table class="table" aria-label=${label}>
    <thead><tr>${columns.map((one) => html`<th key=${one.key} scope="col" class=${one.number ? "number" : ""}>${one.title || html`<span class="unseen">${t("table.actions")}</span>`}</th>`)}</tr></thead>
    <tbody>${items.map((item) => html`<tr key=${keyOf(item)}>${columns.map((one) => html`
      <td key=${one.key} class=${one.number ? "number" : ""}>${one.cell ? one.cell(item) : item[one.key]}</td>`)}</tr>`)}
      ${items.length === 0 && html`<tr><td colSpan=${columns.length} class="muted">${empty || t("table.empty")}</td></tr>`}</tbody></table></div>`;
}

/** A view that loads itself: nothing is drawn before it came. `preload` begins early. */
export function lazy(load) {
  const state = signal({ view: null, isBroken: false });
  let coming = null;
  const preload = () => {
    coming ||= load().then(
      (view) => { state.value = { view, isBroken: false }; },
      () => { // after a deploy the old files are gone; without a connection the next try may work
        coming = null;
        state.value = { view: null, isBroken: true };
      },
    );
    return coming;
  };
  function Lazy(props) {
    const { view, isBroken } = state.value;
    if (isBroken) return html`<${Blank} icon="offline" title=${t("page.failed")} />`;
    if (!view) preload();
    return view && h(view, props);
  }
  Lazy.preload = preload;
  return Lazy;
}

/** Loads views one after the other once the browser has time. */
export function preload(...views) {
  const idle = globalThis.requestIdleCallback || ((work) => setTimeout(work, 200));
  idle(async () => { for (const one of views) await one.preload(); });
}
