// What customers are asked when a dialog is over, and on which scale.

import { html, useEffect, useState } from "../../ui.js";
import { patch } from "../../api.js";
import { t } from "../../i18n.js";
import { Field } from "../parts.js";
import { Failed, Panel, useAct, useLoaded } from "./panel.js";

export function RatingSettings() {
  const loaded = useLoaded("/settings");
  const [form, change] = useState(null);
  const act = useAct();
  useEffect(() => { if (loaded.value) change(loaded.value); }, [loaded.value]);
  if (loaded.error) return html`<${Failed} text=${loaded.error} />`;
  if (!form) return null;
  const submit = (event) => {
    event.preventDefault();
    act.run(async () => loaded.set(await patch("/settings", { version: form.version, rating_question: form.rating_question, csi_scale: Number(form.csi_scale), nps_scale: form.nps_scale })));
  };
  const select = (label, name, options, hint) => html`<${Field} label=${label} hint=${hint}><select class="control" value=${form[name]} onChange=${(e) => change({ ...form, [name]: e.target.value })}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${String(key) === String(form[name])}>${text}</option>`)}</select><//>`;
  return html`<${Panel} title=${t("settings.rating")} lead=${t("rating.lead")}><form class="stack" onSubmit=${submit}><div class="grid2">
    ${select(t("rating.question"), "rating_question", ["csi", "nps", "mixed", "off"].map((name) => [name, t(`rating.question.${name}`)]))}
    ${select(t("rating.csi_scale"), "csi_scale", [5, 10].map((top) => [top, t("rating.from_to", { low: 1, high: top })]))}
    ${select(t("rating.scale"), "nps_scale", ["0-10", "1-10"].map((name) => [name, t("rating.from_to", { low: name.split("-")[0], high: 10 })]))}</div>${act.line}
    <div class="row-actions"><button class="button primary">${t("save")}</button></div></form><//>`;
}
