// Words of the desk in the operator's language, and moments and numbers as that language writes them.

import { batch, signal } from "../vendor/signals-core.js";
import { now as serverNow } from "./time.js";

export const LANGUAGES = ["en", "ru"];
/** en or ru: the language whose words are shown. */
export const language = signal("en");
const words = signal({});

/** Loads the words of a language and shows them. */
export async function use(name) {
  const found = await import(`./i18n/${name}.js`);
  batch(() => {
    words.value = found.default;
    language.value = name;
  });
}

/** The text of a key, with {names} filled in. A key nobody wrote is shown as it is, and a test finds it. */
export function t(key, values) {
  const found = words.value[key] ?? key;
  return values ? found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : found;
}

/** The text for a code of the server, or the code itself in its own words. */
export const tOr = (key, other) => words.value[key] ?? other;

/** A span of seconds in one or two words: 45 s, 12 min, 2 h 5 min, 3 d. */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return t("span.s", { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return t("span.min", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return rest ? `${t("span.h", { n: hours })} ${t("span.min", { n: rest })}` : t("span.h", { n: hours });
  }
  return t("span.d", { n: Math.floor(hours / 24) });
}

const formats = new Map();
function format(kind, options) {
  const key = `${language.value} ${kind}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language.value, options));
  return formats.get(key);
}

export const clockTime = (at) => format("time", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const dayName = (at, now = serverNow()) => {
  const day = new Date(at);
  const days = Math.round((startOfDay(now) - startOfDay(day)) / 86_400_000);
  if (days === 0) return t("day.today");
  if (days === 1) return t("day.yesterday");
  const isThisYear = day.getFullYear() === new Date(now).getFullYear();
  return isThisYear
    ? format("day", { day: "numeric", month: "long" }).format(day)
    : format("year", { day: "numeric", month: "long", year: "numeric" }).format(day);
};
export const dateTime = (at) => format("full", { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
export const moment = (at, now = serverNow()) =>
  startOfDay(at) === startOfDay(now) ? clockTime(at) : `${dayName(at, now)}, ${clockTime(at)}`;

function startOfDay(at) {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** A size as people say it. */
export function size(bytes) {
  if (bytes < 1024) return t("size.b", { n: bytes });
  if (bytes < 1024 * 1024) return t("size.kb", { n: Math.round(bytes / 1024) });
  return t("size.mb", { n: (bytes / 1024 / 1024).toFixed(1) });
}

/** Bidi controls in names made visible: they could show one name and mean another. */
export const shownName = (name) => String(name ?? "").replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "�");
