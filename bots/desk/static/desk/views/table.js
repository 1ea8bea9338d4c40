// A table with a caption and plain cells.

import { html } from "../ui.js";
import { t } from "../i18n.js";

/** columns: [{key, title, number?, cell?(item)}]. */
export function Table({ label, columns, items, keyOf = (item) => item.id, empty }) {
  return html`<div class="table-box" tabIndex="0" role="group" aria-label=${t("table.scroll", { name: label })}><table class="table" aria-label=${label}>
    <thead><tr>${columns.map((one) => html`<th key=${one.key} scope="col" class=${one.number ? "number" : ""}>${one.title || html`<span class="unseen">${t("table.actions")}</span>`}</th>`)}</tr></thead>
    <tbody>${items.map((item) => html`<tr key=${keyOf(item)}>${columns.map((one) => html`
      <td key=${one.key} class=${one.number ? "number" : ""}>${one.cell ? one.cell(item) : item[one.key]}</td>`)}</tr>`)}
      ${items.length === 0 && html`<tr><td colSpan=${columns.length} class="muted">${empty || t("table.empty")}</td></tr>`}</tbody></table></div>`;
}
