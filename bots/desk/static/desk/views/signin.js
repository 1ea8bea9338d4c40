// The door: signing in, the first admin, and a session that ended while somebody worked.

import { html, useState } from "../ui.js";
import { post } from "../api.js";
import { begin, words } from "../desk.js";
import { language, LANGUAGES, t } from "../i18n.js";
import { chooseLanguage } from "../looks.js";
import * as store from "../store.js";
import { Field, Modal } from "./parts.js";

/** Fields and sending of a sign-in; onIn gets the session. */
function useSignIn(onIn) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [needsCode, needCode] = useState(false);
  const [error, setError] = useState("");
  const [isBusy, busy] = useState(false);
  const submit = async () => {
    if (isBusy) return;
    busy(true);
    setError("");
    try {
      onIn(await post("/login", { login, password, ...(needsCode ? { code } : {}) }));
    } catch (problem) {
      if (problem.code === "code_required") needCode(true);
      else setError(words(problem));
    } finally {
      busy(false);
    }
  };
  const fields = html`
    <${Field} label=${t("signin.login")}><input class="control" name="login" data-first autocomplete="username" autocapitalize="none"
      spellcheck=${false} required value=${login} onInput=${(e) => setLogin(e.target.value)} /><//>
    <${Field} label=${t("signin.password")}><input class="control" type="password" name="password" autocomplete="current-password"
      required value=${password} onInput=${(e) => setPassword(e.target.value)} /><//>
    ${needsCode && html`<${Field} label=${t("signin.code")} hint=${t("signin.code.hint")}>
      <input class="control" name="code" inputmode="numeric" autocomplete="one-time-code" ref=${focusNow}
        value=${code} onInput=${(e) => setCode(e.target.value)} /><//>`}
    ${error && html`<p class="form-error" role="alert">${error}</p>`}`;
  return { fields, submit, isBusy };
}

const focusNow = (node) => {
  if (node && !node.dataset.focused) {
    node.dataset.focused = "yes";
    node.focus();
  }
};

function Door({ title, lead, children }) {
  return html`<main class="door"><div class="door-card">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span>Otklik</p>
    <h1>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}${children}
    <div class="door-languages">${LANGUAGES.map((name) => html`<button type="button" key=${name} lang=${name}
      class="link" aria-pressed=${language.value === name} onClick=${() => chooseLanguage(name)}>${t(`language.${name}`)}</button>`)}</div>
  </div></main>`;
}

export function SignIn({ onIn }) {
  const { fields, submit, isBusy } = useSignIn(onIn);
  return html`<${Door} title=${t("signin.title")} lead=${t("signin.lead")}>
    <form class="stack" aria-label=${t("signin.title")} noValidate onSubmit=${(e) => { e.preventDefault(); submit(); }}>
      ${fields}<button class="button primary tall" aria-busy=${isBusy}>${t("signin.enter")}</button></form><//>`;
}

/** Makes the first admin; token: from the link printed at the first start. */
export function Setup({ token, onIn }) {
  const [form, change] = useState({ login: "", name: "", password: "" });
  const [error, setError] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    setError("");
    try {
      const made = await post("/setup", { token, ...form });
      history.replaceState({}, "", "/desk/settings/operators");
      onIn(made);
    } catch (problem) {
      setError(problem.body.errors?.map((one) => one.message).join(". ") || words(problem));
    }
  };
  const input = (name, type, autocomplete) => html`<input class="control" type=${type} name=${name} required autocomplete=${autocomplete}
    value=${form[name]} onInput=${(e) => change({ ...form, [name]: e.target.value })} />`;
  return html`<${Door} title=${t("setup.title")} lead=${t("setup.lead")}>
    <form class="stack" aria-label=${t("setup.title")} noValidate onSubmit=${submit}>
      <${Field} label=${t("setup.name")}>${input("name", "text", "name")}<//>
      <${Field} label=${t("signin.login")}>${input("login", "text", "username")}<//>
      <${Field} label=${t("signin.password")} hint=${t("setup.password.hint")}>${input("password", "password", "new-password")}<//>
      ${error && html`<p class="form-error" role="alert">${error}</p>`}
      <button class="button primary tall">${t("setup.make")}</button></form><//>`;
}

/** Over the desk: what was typed stays where it is. Another person means another desk. */
export function Expired() {
  const { operator } = store.session.value;
  const enter = (session) => {
    if (session.operator.id === operator.id) begin(session);
    else location.reload();
  };
  const { fields, submit, isBusy } = useSignIn(enter);
  return html`<${Modal} title=${t("expired.title")} stays onSubmit=${submit} footer=${html`
      <button class="button primary tall" aria-busy=${isBusy}>${t("signin.enter")}</button>`}>
    <p class="lead">${t("expired.lead", { name: operator.name })}</p><div class="stack">${fields}</div><//>`;
}
