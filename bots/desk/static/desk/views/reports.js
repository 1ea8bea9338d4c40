// The place of reports: they come with the figures they show.

import { html } from "../ui.js";
import { t } from "../i18n.js";
import { Blank } from "./parts.js";

export function Reports() {
  return html`<h1>${t("menu.reports")}</h1><${Blank} icon="reports" title=${t("reports.none")}>${t("reports.text")}<//>`;
}
