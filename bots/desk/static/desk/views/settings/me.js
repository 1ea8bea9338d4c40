// One's own account: how the desk looks, password, second factor, where one is signed in.

import { html, useState } from "../../ui.js";
import { post, put, remove, send } from "../../api.js";
import * as desk from "../../desk.js";
import { dateTime, language, LANGUAGES, t } from "../../i18n.js";
import { chooseLanguage, chooseTheme, theme } from "../../looks.js";
import * as store from "../../store.js";
import { Button, Field } from "../parts.js";
import { Table } from "../table.js";
import { Failed, Panel, useAct, useLoaded } from "./panel.js";

export function Me() {
  return html`<${Looks} /><${Password} /><${SecondFactor} /><${Sessions} />`;
}

function Looks() {
  const { settings } = store.session.value;
  const choose = (label, value, options, onChange) => html`<${Field} label=${label}><select class="control" value=${value} onChange=${(e) => onChange(e.target.value)}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select><//>`;
  return html`<${Panel} title=${t("me.looks")}><div class="grid2">
    ${choose(t("me.language"), language.value, LANGUAGES.map((name) => [name, t(`language.${name}`)]), (name) => { chooseLanguage(name); desk.saveSettings({ locale: name }); })}
    ${choose(t("me.theme"), theme(), ["auto", "light", "dark"].map((name) => [name, t(`theme.${name}`)]), (name) => { chooseTheme(name); desk.saveSettings({ theme: name }); })}
    </div>${store.isOperator.value && html`<label class="check"><input type="checkbox" checked=${settings.enter_sends !== false}
      onChange=${(e) => desk.saveSettings({ enter_sends: e.target.checked })} /><span>${t("me.enter_sends")}</span></label>`}<//>`;
}

function Password() {
  const [form, change] = useState({ old: "", new: "" });
  const act = useAct();
  const submit = async (event) => {
    event.preventDefault();
    if (await act.run(() => put("/me/password", form), t("me.password.changed"))) change({ old: "", new: "" });
  };
  const input = (name, autocomplete) => html`<input class="control" type="password" autocomplete=${autocomplete} value=${form[name]} onInput=${(e) => change({ ...form, [name]: e.target.value })} />`;
  return html`<${Panel} title=${t("me.password")}><form class="stack" onSubmit=${submit}><div class="grid2">
    <${Field} label=${t("me.password.old")}>${input("old", "current-password")}<//>
    <${Field} label=${t("me.password.new")} hint=${t("setup.password.hint")}>${input("new", "new-password")}<//></div>
    ${act.line}<div class="row-actions"><button class="button" disabled=${!form.old || !form.new || act.isBusy}>${t("me.password.change")}</button></div></form><//>`;
}

/** Codes of an app beside the password: made, confirmed, taken away. */
function SecondFactor() {
  const [password, write] = useState("");
  const [made, show] = useState(null);
  const [code, enter] = useState("");
  const [recovery, keep] = useState(null);
  const act = useAct();
  const isOn = store.session.value.totp;
  const set = (totp) => { store.session.value = { ...store.session.value, totp }; };
  const begin = () => act.run(async () => { show(await post("/me/totp", { password })); write(""); }, "");
  const confirm = () => act.run(async () => {
    keep((await post("/me/totp/confirm", { code })).recovery);
    show(null);
    set(true);
  }, t("me.totp.on"));
  const end = () => act.run(async () => {
    await send("DELETE", "/me/totp", { password });
    keep(null);
    write("");
    set(false);
  }, t("me.totp.off"));
  const ask = (word, go) => html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); go(); }}>
    <${Field} label=${t("me.totp.password")}><input class="control" type="password" autocomplete="current-password" value=${password} onInput=${(e) => write(e.target.value)} /><//>
    ${act.line}<div class="row-actions"><button class="button" disabled=${!password || act.isBusy}>${word}</button></div></form>`;
  return html`<${Panel} title=${t("me.totp")} lead=${t(isOn ? "me.totp.is_on" : "me.totp.is_off")}>
    ${recovery && html`<p>${t("me.totp.recovery")}</p><p class="secret">${recovery.join("  ")}</p>`}
    ${made ? html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); confirm(); }}><p>${t("me.totp.secret")}</p><p class="secret">${made.secret}</p>
      <p><a href=${made.uri}>${t("me.totp.link")}</a></p>
      <${Field} label=${t("signin.code")}><input class="control" inputmode="numeric" autocomplete="one-time-code" value=${code} onInput=${(e) => enter(e.target.value)} /><//>
      ${act.line}<div class="row-actions"><button class="button primary" disabled=${!code}>${t("me.totp.confirm")}</button></div></form>`
    : isOn ? ask(t("me.totp.end"), end) : ask(t("me.totp.begin"), begin)}<//>`;
}

function Sessions() {
  const loaded = useLoaded("/sessions");
  const act = useAct();
  const end = (id) => act.run(async () => { await remove(`/sessions/${id}`); await loaded.again(); }, t("me.session.ended"));
  const columns = [
    store.isAdmin.value && { key: "who", title: t("operator"), cell: (one) => one.operator.name },
    { key: "browser", title: t("me.session.browser"), cell: (one) => browserOf(one.browser) },
    { key: "ip", title: t("me.session.address") }, { key: "last", title: t("me.session.last"), cell: (one) => dateTime(one.last_at) },
    { key: "end", title: "", cell: (one) => (one.current ? html`<span class="tag">${t("me.session.this")}</span>`
      : html`<${Button} small kind="danger" onClick=${() => end(one.id)}>${t("me.session.end")}<//>`) },
  ].filter(Boolean);
  return html`<${Panel} title=${t("me.sessions")}>${act.line}${loaded.error ? html`<${Failed} text=${loaded.error} />`
    : loaded.value && html`<${Table} label=${t("me.sessions")} columns=${columns} items=${loaded.value} />`}<//>`;
}

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/YaBrowser\//, "Yandex"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Windows/, "Windows"], [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]];
const named = (pairs, text) => pairs.find(([pattern]) => pattern.test(text))?.[1];
/** What a browser calls itself, in two words. */
export const browserOf = (text) => [named(BROWSERS, text), named(SYSTEMS, text)].filter(Boolean).join(", ") || text || "—";
