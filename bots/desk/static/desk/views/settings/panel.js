// What every section of the settings needs: a framed part, a form that says what went wrong.

import { html, useEffect, useState } from "../../ui.js";
import { get } from "../../api.js";
import { words } from "../../desk.js";
import { t } from "../../i18n.js";
import * as store from "../../store.js";

export function Panel({ title, lead, action, children }) {
  return html`<section class="panel"><div class="page-head"><h2>${title}</h2>${action}</div>${lead && html`<p class="muted">${lead}</p>`}${children}</section>`;
}

/** What a refusal says, field by field where it knows them. */
export const said = (problem) => problem.body.errors?.map((one) => one.message).join(". ") || words(problem);

/** Runs `work`; {run, error, isBusy}. done: what to say when it worked. */
export function useAct() {
  const [error, setError] = useState("");
  const [isBusy, busy] = useState(false);
  const run = async (work, done = t("saved")) => {
    setError("");
    busy(true);
    try {
      await work();
      if (done) store.toast("ok", done);
      return true;
    } catch (problem) {
      setError(problem.code === "stale" ? t("settings.stale") : said(problem));
      return false;
    } finally {
      busy(false);
    }
  };
  return { run, error, isBusy, line: error && html`<p class="form-error" role="alert">${error}</p>` };
}

/** Loads a path; {value, error, again, set}. */
export function useLoaded(path) {
  const [state, set] = useState({ value: null, error: "" });
  const again = async () => {
    try {
      set({ value: await get(path), error: "" });
    } catch (problem) {
      set({ value: null, error: words(problem) });
    }
  };
  useEffect(() => { again(); }, [path]);
  return { ...state, again, set: (value) => set({ value, error: "" }) };
}

export const Failed = ({ text }) => html`<p class="form-error" role="alert">${text}</p>`;
