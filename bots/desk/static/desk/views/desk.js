// The desk's frame: bar, menu, the page that is open, and what lies over it.

import { html, useEffect, useLayoutEffect } from "../ui.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import { actionOf } from "../keys.js";
import * as store from "../store.js";
import { Bar } from "./bar.js";
import { NothingOpen, Reports } from "./blanks.js";
import { DialogList } from "./list.js";
import { Blank, Button, lazy, preload } from "./parts.js";
import { Icon } from "./icons.js";
import { run } from "./shortcuts.js";

const PAGES = {
  board: lazy(() => import("./board.js").then((module) => module.Board)),
  reports: Reports,
  audit: lazy(() => import("./audit.js").then((module) => module.Audit)),
  settings: lazy(() => import("./settings.js").then((module) => module.Settings)),
};
const Thread = lazy(() => import("./thread.js").then((module) => module.Thread));
const Card = lazy(() => import("./card.js").then((module) => module.Card));
const Windows = lazy(() => import("./windows.js").then((module) => module.Windows));
const Search = lazy(() => import("./search.js").then((module) => module.Search));
const Expired = lazy(() => import("./signin.js").then((module) => module.Expired));

/** Pages of the menu that a person may open. */
export function pages() {
  return [
    store.isOperator.value && "dialogs", store.isSupervisor.value && "board",
    (store.isSupervisor.value || store.isAdmin.value) && "reports",
    (store.isSupervisor.value || store.isAdmin.value) && "audit", "settings",
  ].filter(Boolean);
}

/** Files dropped on the dialog are attached; anywhere else the browser would open them instead of the desk. */
function onFiles(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const attach = event.target.closest?.(".thread") && store.composer.value?.drop;
  if (event.type === "drop") attach?.(event.dataTransfer.files);
  else if (!attach) event.dataTransfer.dropEffect = "none";
}

export function Desk() {
  const { page } = store.route.value;
  useLayoutEffect(() => { // before anything is painted: what is seen can be worked with
    const onKey = (event) => {
      if (store.expired.value) return;
      const action = actionOf(event, store.session.value?.settings.keys);
      if (!action) return;
      event.preventDefault();
      if (!store.modal.value) run(action);
    };
    addEventListener("keydown", onKey);
    for (const kind of ["dragover", "drop"]) addEventListener(kind, onFiles);
    // whatever one cannot work without must be here before the line breaks or a new build is served
    preload(Thread, Card, Windows, Search, Expired);
    return () => {
      removeEventListener("keydown", onKey);
      for (const kind of ["dragover", "drop"]) removeEventListener(kind, onFiles);
    };
  }, []);
  return html`<div class="desk"><${Bar} /><${Rail} page=${page} />
    <div class="stage"><${Banners} />${!pages().includes(page) ? html`<${Foreign} />` : page === "dialogs" ? html`<${Work} />` : html`<${Page} page=${page} key=${page} />`}</div>
    <${Toasts} />${store.modal.value && html`<${store.modal.value.name === "search" ? Search : Windows} ...${store.modal.value}
      key=${store.modal.value.name} onClose=${() => { store.modal.value = null; }} />`}${store.expired.value && html`<${Expired} />`}</div>`;
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
  return html`<main class=${`work ${id ? "has-open" : ""} ${id && store.cardIsOpen.value ? "has-card" : ""}`}>
    <${DialogList} />
    ${id ? html`<${Thread} id=${id} key=${id} />` : html`<section class="thread none" role="region" aria-label=${t("thread")}><${NothingOpen} /></section>`}
    ${id && store.cardIsOpen.value && html`<${Card} id=${id} key=${`card ${id}`} />`}</main>`;
}

function Page({ page }) {
  const View = PAGES[page];
  return html`<main class="page" aria-label=${t(`menu.${page}`)}><${View} /></main>`;
}

/** An address that a colleague sent, of a page for others. */
function Foreign() {
  const [first] = pages();
  return html`<main class="page"><${Blank} icon="lock" title=${t("page.foreign")}>
    <${Button} onClick=${() => desk.go({ page: first })}>${t(`menu.${first}`)}<//><//></main>`;
}

/** One line for everything that is wrong around the desk. */
function Banners() {
  const down = store.channels.value.filter((one) => one.state === "down");
  return html`
    ${store.connection.value === "offline" && html`<p class="banner bad"><${Icon} name="offline" />${t("banner.offline")}</p>`}
    ${store.connection.value === "restarting" && html`<p class="banner warn"><${Icon} name="clock" />${t("banner.restart")}</p>`}
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
