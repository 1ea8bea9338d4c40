// Language and theme of the page: those of the account, before that those of the last visit; its icon.

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

const icon = globalThis.document?.querySelector("link[rel=icon]");
const plain = icon?.href;
let counted = 0;
/** A number on the page's icon, so that its tab shows it among many; 0 for the plain icon. */
export function countOnIcon(n) {
  if (!icon || n === counted) return;
  counted = n;
  const show = (address) => {
    if (icon.href.startsWith("blob:")) URL.revokeObjectURL(icon.href);
    icon.href = address;
  };
  if (!n) {
    show(plain);
    return;
  }
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#b3231b";
  pen.roundRect(0, 0, 64, 64, 18);
  pen.fill();
  Object.assign(pen, { fillStyle: "#fff", font: "700 46px sans-serif", textAlign: "center" });
  pen.fillText(Math.min(n, 99), 32, 49);
  canvas.toBlob((drawn) => { if (n === counted) show(URL.createObjectURL(drawn)); });
}
