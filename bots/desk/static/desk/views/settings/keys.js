// The keyboard, action by action: press another key, or switch it off.

import { html, useState } from "../../ui.js";
import * as desk from "../../desk.js";
import { t } from "../../i18n.js";
import { ACTIONS, caption, DEFAULTS, isAllowed, pressed } from "../../keys.js";
import * as store from "../../store.js";
import { Button } from "../parts.js";
import { Panel } from "./panel.js";

export function KeySettings() {
  const own = store.session.value.settings.keys || {};
  const [error, setError] = useState("");
  const keyOf = (action) => own[action] ?? DEFAULTS[action];
  const onKey = (action) => (event) => {
    if (event.key === "Tab" || event.key === "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Backspace" || event.key === "Delete") {
      desk.saveSettings({ keys: { ...own, [action]: "" } });
      return;
    }
    const key = pressed(event);
    if (!key || ["Alt", "Control", "Meta", "Shift"].includes(event.key)) return;
    const other = ACTIONS.find((name) => name !== action && keyOf(name) === key);
    if (!isAllowed(key)) setError(t("keys.not_allowed", { key: caption(key).join(" ") }));
    else if (other) setError(t("keys.taken", { key: caption(key).join(" "), action: t(`key.${other}`) }));
    else {
      setError("");
      desk.saveSettings({ keys: { ...own, [action]: key } });
    }
  };
  return html`<${Panel} title=${t("settings.keys")} lead=${t("keys.lead")} action=${Object.keys(own).length > 0 && html`
      <${Button} onClick=${() => desk.saveSettings({ keys: {} })}>${t("keys.reset")}<//>`}>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}
    <div class="keymap">${ACTIONS.map((action) => html`<label key=${action}><span>${t(`key.${action}`)}</span>
      <input class="control" readOnly value=${keyOf(action) ? caption(keyOf(action)).join(" ") : t("keys.off")} onKeyDown=${onKey(action)} /></label>`)}</div><//>`;
}
