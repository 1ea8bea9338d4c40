// The bar on top: how the queue stands, oneself, the line to the server, sounds.

import { html } from "../ui.js";
import * as desk from "../desk.js";
import { language, LANGUAGES, span, t } from "../i18n.js";
import { chooseLanguage, chooseTheme, theme } from "../looks.js";
import * as moves from "../moves.js";
import { soundState } from "../sound.js";
import * as store from "../store.js";
import { Button, Face, Menu } from "./parts.js";
import { Icon } from "./icons.js";

export function Bar() {
  const { operator } = store.session.value;
  return html`<header class="bar" aria-label=${t("bar")}>
    <span class="brand"><span class="brand-mark" aria-hidden="true"></span><span class="brand-name">Otklik</span></span>
    ${store.isOperator.value && html`<${QueueNow} /><${Button} kind="search" icon="search"
      onClick=${() => { store.modal.value = { name: "search" }; }}><span class="search-hint">${t("search.open")}</span>
      <kbd aria-hidden="true">Ctrl K</kbd><//>`}
    <span class="bar-space"></span>
    <${Connection} />
    ${store.isOperator.value && html`<${SoundButton} />`}
    ${store.isOperator.value && html`<${Status} operator=${operator} />`}
    <${Account} operator=${operator} /></header>`;
}

function QueueNow() {
  const { queue } = store.counts.value;
  const since = store.longestSince.value;
  const waited = since ? span((store.clock.value - Date.parse(since)) / 1000) : "—";
  const text = t("bar.queue", { n: queue, t: waited });
  return html`<span class=${`queue-now ${queue ? "has" : ""}`} role="status" aria-label=${text}>
    <span class="queue-number">${queue}</span><span class="queue-text">${queue ? t("bar.queue.longest", { t: waited }) : t("bar.queue.empty")}</span></span>`;
}

function Connection() {
  const state = store.connection.value;
  const text = t(`connection.${state}`);
  return html`<span class=${`connection ${state}`} role="status" aria-label=${text}>
    <span class="dot" aria-hidden="true"></span><span class="connection-text">${text}</span></span>`;
}

function SoundButton() {
  const state = soundState.value;
  const press = () => {
    if (state === "blocked") desk.parts.sound?.unlock();
    else desk.parts.notices?.mute(state === "on");
  };
  if (state === "blocked") {
    return html`<${Button} kind="quiet warn" class="sound-blocked" icon="mute" title=${t("sound.blocked")} onClick=${press}>${t("sound.blocked")}<//>`;
  }
  return html`<${Button} kind="quiet" icon=${state === "on" ? "sound" : "mute"} label=${t(`sound.${state}`)} onClick=${press} />`;
}

const STATUSES = ["online", "break", "offline"];

function Status({ operator }) {
  const dot = (name) => html`<span class=${`dot ${name}`} aria-hidden="true"></span>`;
  const pick = async (status) => {
    if (status === "break" || (status === "offline" && operator.in_hand > 0)) {
      store.modal.value = { name: "status", status };
      return;
    }
    try {
      await moves.setStatus(status);
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  const named = t(`status.${operator.status}`);
  const more = [operator.reason, operator.status_by && operator.status_by !== operator.id && t("status.by_other")].filter(Boolean).join(", ");
  return html`<${Menu} class="status" label=${t("status", { s: named })} icon=${dot(operator.status)} text=${more ? `${named}: ${more}` : named}
    items=${STATUSES.map((name) => ({
      key: name, icon: dot(name), label: t(`status.${name}`), checked: operator.status === name, onPick: () => pick(name),
    }))} />`;
}

function Account({ operator }) {
  const items = [
    ...LANGUAGES.map((name) => ({
      key: name, label: t(`language.${name}`), checked: language.value === name,
      onPick: () => { chooseLanguage(name); desk.saveSettings({ locale: name }); },
    })),
    ...["auto", "light", "dark"].map((name) => ({
      key: name, label: t(`theme.${name}`), checked: theme() === name,
      onPick: () => { chooseTheme(name); desk.saveSettings({ theme: name }); },
    })),
    { key: "keys", icon: html`<${Icon} name="keyboard" />`, label: t("cheat.title"), onPick: () => { store.modal.value = { name: "cheat" }; } },
    { key: "out", icon: html`<${Icon} name="out" />`, label: t("signout"), onPick: () => desk.signOut() },
  ];
  return html`<${Menu} class="account" label=${t("account", { name: operator.name })}
    icon=${html`<${Face} name=${operator.name} id=${operator.id} size=${30} />`} items=${items} />`;
}
