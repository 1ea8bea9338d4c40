// What customers are asked when a dialog is over, and on which scale.

import { html, useEffect, useState } from "../../ui.js";
import { patch } from "../../api.js";
import { t } from "../../i18n.js";
import { Choice } from "../parts.js";
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
  const put = (name) => (value) => change({ ...form, [name]: value });
  return html`<${Panel} title=${t("settings.rating")} lead=${t("rating.lead")}><form class="stack" onSubmit=${submit}><div class="grid2">
    <${Choice} label=${t("rating.question")} value=${form.rating_question} onChange=${put("rating_question")}
      options=${["csi", "nps", "mixed", "off"].map((name) => [name, t(`rating.question.${name}`)])} />
    <${Choice} label=${t("rating.csi_scale")} value=${form.csi_scale} onChange=${put("csi_scale")}
      options=${[5, 10].map((top) => [top, t("rating.from_to", { low: 1, high: top })])} />
    <${Choice} label=${t("rating.scale")} value=${form.nps_scale} onChange=${put("nps_scale")}
      options=${["0-10", "1-10"].map((name) => [name, t("rating.from_to", { low: name.split("-")[0], high: 10 })])} /></div>${act.line}
    <div class="row-actions"><button class="button primary">${t("save")}</button></div></form><//>`;
}
