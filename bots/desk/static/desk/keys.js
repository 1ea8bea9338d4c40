// Keyboard: actions by the physical key, so that ЙЦУКЕН works; each can be remapped or switched off.

/** Action -> key, as `Alt+KeyJ`. Empty switches it off. */
export const DEFAULTS = Object.freeze({
  next: "Alt+KeyJ", previous: "Alt+KeyK", take_next: "Alt+KeyN", next_unread: "Alt+KeyU",
  take: "Alt+KeyT", transfer: "Alt+KeyR", return_to_bot: "Alt+KeyB", close: "Alt+KeyE", close_next: "Alt+KeyW",
  note: "Alt+KeyP", attach: "Alt+KeyA", card: "Alt+KeyI", canned: "Alt+KeyS", search: "Ctrl+KeyK", cheat: "Alt+Slash",
});
export const ACTIONS = Object.keys(DEFAULTS);

const RESERVED = new Set(["Alt+KeyD", "Alt+KeyF"]);

/** What was pressed, as DEFAULTS writes it; empty for what is never an action. */
export function pressed(event) {
  if (event.isComposing || event.getModifierState?.("AltGraph")) return "";
  const control = event.ctrlKey || event.metaKey;
  // these pairs switch the layout on Windows
  if (event.shiftKey && (event.altKey || control)) return "";
  const held = [control && "Ctrl", event.altKey && "Alt"].filter(Boolean);
  return held.length ? [...held, event.code].join("+") : "";
}

/** The action of an event under the operator's own map; null for none. */
export function actionOf(event, own = {}) {
  const key = pressed(event);
  if (!key) return null;
  return ACTIONS.find((action) => (own[action] ?? DEFAULTS[action]) === key) || null;
}

/** Whether a key may be an action. */
export const isAllowed = (key) => /^(Ctrl\+)?(Alt\+)?(Key[A-Z]|Digit\d|Slash|Period|Comma|Backquote)$/.test(key)
  && /^(Ctrl|Alt)/.test(key) && !RESERVED.has(key);

/** `Alt+KeyJ` as it is printed on the keyboard: Alt J. */
export function caption(key) {
  const names = { Slash: "/", Period: ".", Comma: ",", Backquote: "`" };
  return key.split("+").map((part) => names[part] || part.replace(/^(Key|Digit)/, ""));
}
