// Language and theme of the page: those of the account, before that those of the last visit.

import { language, LANGUAGES, use } from "./i18n.js";

const KEY = "otklik.looks";

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

function keep(changes) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...changes }));
  } catch { /* a private window forgets it */ }
}

export async function chooseLanguage(name) {
  if (!LANGUAGES.includes(name)) return;
  await use(name);
  document.documentElement.lang = name;
  keep({ language: name });
}

/** auto, light or dark. */
export function chooseTheme(name) {
  document.documentElement.dataset.theme = name || "auto";
  keep({ theme: name });
}

export const theme = () => document.documentElement.dataset.theme || "auto";

/** Before anybody signed in: the last choice here, else what the server read from the browser. */
export async function begin() {
  const { language: name, theme: shade } = kept();
  document.documentElement.dataset.theme = shade || "auto";
  await chooseLanguage(LANGUAGES.includes(name) ? name : document.documentElement.lang);
}

/** The account's own choice, on whatever machine. */
export async function follow(settings) {
  if (settings?.theme) chooseTheme(settings.theme);
  if (settings?.locale && settings.locale !== language.value) await chooseLanguage(settings.locale);
}
