// Starts the page: asks who sits here and draws what they see.

import { effect, html, render, signal } from "./ui.js";
import { get, post } from "./api.js";
import { begin, parts, placeOf } from "./desk.js";
import * as looks from "./looks.js";
import { Notices } from "./notices.js";
import * as store from "./store.js";
import { now } from "./time.js";
import { Desk } from "./views/desk.js";
import { Blank, lazy, Skeleton } from "./views/parts.js";
import { t } from "./i18n.js";

/** Token of a setup link, until it was used. */
const setup = signal("");
/** The server could not be asked who sits here. */
const isUnreachable = signal(false);
const SignIn = lazy(() => import("./views/signin.js").then((module) => module.SignIn));
const Setup = lazy(() => import("./views/signin.js").then((module) => module.Setup));

async function enter(session) {
  await looks.follow(session.settings);
  const notices = new Notices();
  store.route.value = placeOf(location.pathname);
  if (!session.roles.some((role) => role !== "admin") && store.route.value.page === "dialogs") {
    store.route.value = { page: "settings", id: "", section: "" };
  }
  setup.value = "";
  parts.onSettings = looks.follow;
  begin(session, { notices, sound: notices.sound });
}

function App() {
  if (isUnreachable.value) return html`<main class="door"><${Blank} icon="offline" title=${t("start.failed")} /></main>`;
  if (store.session.value) return html`<${Desk} />`;
  if (setup.value) return html`<${Setup} token=${setup.value} onIn=${enter} />`;
  if (store.session.value === null) return html`<${SignIn} onIn=${enter} />`;
  return html`<main class="door"><${Skeleton} lines=${3} /></main>`;
}

async function who() {
  try {
    await enter(await get("/session"));
  } catch (problem) {
    if (problem.status === 401) store.session.value = null;
    else isUnreachable.value = true;
  }
}

/** Troubles of the page itself go to the server: names and places of ours, nobody's words. */
function report(kind, detail) {
  if (!store.session.value) return;
  const safe = String(detail).replace(/[^A-Za-z0-9 _.,:;=<>()/*-]/g, "_").slice(0, 300);
  post("/client-errors", { kind, detail: safe, build: document.documentElement.dataset.build || "" }).catch(() => {});
}
const place = (error) => (error?.stack || "").split("\n").find((line) => line.includes("/desk/"))?.trim().replace(/https?:\/\/[^/]+/, "") || "";
addEventListener("error", (event) => report("script", `${event.error?.name || "Error"} ${place(event.error)}`));
addEventListener("unhandledrejection", (event) => report("script", `${event.reason?.name || "rejection"} ${place(event.reason)}`));
addEventListener("securitypolicyviolation", (event) => report("policy", event.effectiveDirective));

await looks.begin();
store.cardIsOpen.value = innerWidth > 1180;
setup.value = new URLSearchParams(location.hash.slice(1)).get("setup") || "";
if (setup.value) history.replaceState({}, "", location.pathname);
addEventListener("hashchange", () => { if (location.hash.startsWith("#setup=")) location.reload(); });
addEventListener("popstate", () => { store.route.value = placeOf(location.pathname); });
setInterval(() => { store.clock.value = now(); }, 15_000);
effect(() => {
  const unread = store.session.value ? store.counts.value.unread : 0;
  document.title = unread ? `(${unread}) Otklik` : "Otklik";
  looks.countOnIcon(unread);
});
render(html`<${App} />`, document.getElementById("desk"));
if (setup.value) store.session.value = null;
else who();
