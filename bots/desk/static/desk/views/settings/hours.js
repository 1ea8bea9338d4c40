// Working hours as people write them: 09:00-13:00 14:00-18:00, one line a day.

import { html } from "../../ui.js";
import { language, t } from "../../i18n.js";

const DAYS = ["1", "2", "3", "4", "5", "6", "7"];
const SHIFT = /^(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})$/;

/** Name of an ISO weekday in the operator's language. */
export const weekday = (day, style = "long") =>
  new Intl.DateTimeFormat(language.value, { weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, Number(day))));

/** weekly of the API as text per day. */
export const readHours = (weekly) =>
  Object.fromEntries(DAYS.map((day) => [day, (weekly[day] || []).map((shift) => shift.join("-")).join(" ")]));

/** The shifts of a line; null when it cannot be read. */
export function shiftsOf(text) {
  const words = text.replace(/\s*[-–]\s*/g, "-").split(/[\s,;]+/).filter(Boolean);
  const found = words.map((word) => SHIFT.exec(word));
  if (found.some((one) => !one)) return null;
  return found.map(([, from, to]) => [from.padStart(5, "0"), to.padStart(5, "0")]);
}

/** The form as the API wants it: {weekly, exceptions, problem}. */
export function hoursProblem({ text, days, always }) {
  if (always) return { weekly: {}, exceptions: {}, problem: "" };
  const weekly = {};
  const exceptions = {};
  for (const day of DAYS) {
    const shifts = shiftsOf(text[day] || "");
    if (!shifts) return { weekly, exceptions, problem: t("hours.wrong", { line: `${weekday(day)}: ${text[day]}` }) };
    if (shifts.length) weekly[day] = shifts;
  }
  for (const line of days.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const [, day, rest] = /^(\d{4}-\d{2}-\d{2})\s*(.*)$/.exec(line) || [];
    const shifts = day ? shiftsOf(rest) : null;
    if (!shifts) return { weekly, exceptions, problem: t("hours.wrong", { line }) };
    exceptions[day] = shifts;
  }
  return { weekly, exceptions, problem: "" };
}

/** The last version of each calendar, by name. */
export const latest = (all) => [...new Map(all.map((one) => [one.id, one])).values()];

export const writtenHours = (weekly) =>
  DAYS.filter((day) => weekly[day]?.length).map((day) => `${weekday(day, "short")} ${weekly[day].map((one) => one.join("–")).join(", ")}`).join("; ") || t("queues.closed");

export function Hours({ text, onChange }) {
  return html`<div class="hours">${DAYS.map((day) => html`<label class="hours-day" key=${day}><span>${weekday(day)}</span>
    <input class="control" value=${text[day] || ""} placeholder=${t("hours.hint")} onInput=${(event) => onChange({ ...text, [day]: event.target.value })} /></label>`)}</div>`;
}
