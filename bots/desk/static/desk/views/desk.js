// The desk's frame: bar, menu, the page that is open, and what lies over it.

import { html, useEffect, useState } from "../ui.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import { actionOf } from "../keys.js";
import * as store from "../store.js";
import { Bar } from "./bar.js";
import { DialogList } from "./list.js";
import { Blank, Button, Skeleton } from "./parts.js";
import { Icon } from "./icons.js";
import { Expired } from "./signin.js";
import { Thread } from "./thread.js";
import { Card } from "./card.js";
import { Windows } from "./windows.js";
import { run } from "./shortcuts.js";

const PAGES = {
  board: () => import("./board.js").then((module) => module.Board),
  reports: () => import("./reports.js").then((module) => module.Reports),
  audit: () => import("./audit.js").then((module) => module.Audit),
  settings: () => import("./settings.js").then((module) => module.Settings),
};

/** Pages of the menu that a person may open. */
export function pages() {
  return [
    store.isOperator.value && "dialogs", store.isSupervisor.value && "board",
    (store.isSupervisor.value || store.isAdmin.value) && "reports",
    (store.isSupervisor.value || store.isAdmin.value) && "audit", "settings",
  ].filter(Boolean);
}

export function Desk() {
  const { page } = store.route.value;
  useEffect(() => {
    const onKey = (event) => {
      if (store.expired.value) return;
      const action = actionOf(event, store.session.value?.settings.keys);
      if (!action) return;
      event.preventDefault();
      if (!store.modal.value) run(action);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return html`<div class="desk"><${Bar} /><${Rail} page=${page} />
    <div class="stage"><${Banners} />${page === "dialogs" ? html`<${Work} />` : html`<${Page} page=${page} key=${page} />`}</div>
    <${Toasts} /><${Windows} />${store.expired.value && html`<${Expired} />`}</div>`;
}

function Rail({ page }) {
  return html`<nav class="rail" aria-label=${t("menu")}>${pages().map((name) => html`
    <a key=${name} class="rail-link" href=${name === "dialogs" ? "/desk/" : `/desk/${name}`} aria-current=${page === name ? "page" : undefined}
      onClick=${(event) => { event.preventDefault(); desk.go({ page: name }); }}>
      <${Icon} name=${name} size=${22} /><span>${t(`menu.${name}`)}</span></a>`)}</nav>`;
}

/** List, transcript and card; on a narrow screen one of them at a time. */
function Work() {
  const id = store.openId.value;
  return html`<main class=${`work ${id ? "has-open" : ""} ${store.cardIsOpen.value ? "has-card" : ""}`}>
    <${DialogList} /><${Thread} id=${id} key=${id || "none"} />
    ${id && store.cardIsOpen.value && html`<${Card} id=${id} key=${`card ${id}`} />`}</main>`;
}

function Page({ page }) {
  const [view, show] = useState(null);
  const [isBroken, broke] = useState(false);
  useEffect(() => {
    let isHere = true;
    PAGES[page]().then((found) => isHere && show(() => found), () => isHere && broke(true));
    return () => { isHere = false; };
  }, [page]);
  if (isBroken) return html`<main class="page"><${Blank} icon="offline" title=${t("page.failed")} /></main>`;
  const View = view;
  return html`<main class="page" aria-label=${t(`menu.${page}`)}>${View ? html`<${View} />` : html`<${Skeleton} />`}</main>`;
}

/** One line for everything that is wrong around the desk. */
function Banners() {
  const down = store.channels.value.filter((one) => one.state === "down");
  return html`
    ${store.connection.value === "offline" && html`<p class="banner bad"><${Icon} name="offline" />${t("banner.offline")}</p>`}
    ${store.newBuild.value && html`<p class="banner"><span>${t("banner.build")}</span>
      <${Button} small onClick=${() => location.reload()}>${t("banner.reload")}<//></p>`}
    ${down.map((one) => html`<p class="banner warn" key=${one.id}><${Icon} name="late" />${t("banner.channel", { name: one.name })}</p>`)}`;
}

function Toasts() {
  return html`<div class="toasts">${store.toasts.value.map((one) => html`<${Toast} key=${one.id} ...${one} />`)}</div>`;
}

function Toast({ id, kind, text, undo }) {
  useEffect(() => {
    const timer = setTimeout(() => store.dropToast(id), kind === "bad" ? 8000 : 5000);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class=${`toast ${kind}`} role=${kind === "bad" ? "alert" : "status"} aria-label=${text}>
    <${Icon} name=${kind === "bad" ? "late" : "closed"} /><span>${text}</span>
    ${undo && html`<${Button} small kind="quiet" icon="undo" onClick=${() => { store.dropToast(id); undo(); }}>${t("undo")}<//>`}
    <${Button} small kind="quiet" icon="x" label=${t("dismiss")} onClick=${() => store.dropToast(id)} /></div>`;
}
