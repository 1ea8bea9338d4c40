// A small set of signs that support people really use.

import { html, useLayoutEffect, useRef } from "../ui.js";
import { t } from "../i18n.js";

const SIGNS = [..."🙂😊😉😄😅🤔😔🙏👍👌👏🤝💙❤🎉✅❌⚠📎📷📞📧⏳🔧🔌💡📶🌐💳🏠🚚⭐"];

export function Emoji({ onPick, onClose }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    box.current.firstElementChild.focus();
    const away = (event) => { if (!box.current?.contains(event.target)) onClose(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const onKey = (event) => {
    const all = [...box.current.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + 8, ArrowUp: at - 8 }[event.key];
    if (event.key === "Escape") onClose();
    else if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length].focus();
    }
  };
  return html`<div class="popover emoji" role="group" aria-label=${t("composer.emoji")} ref=${box} onKeyDown=${onKey}>
    ${SIGNS.map((sign) => html`<button type="button" key=${sign} onClick=${() => onPick(sign)}>${sign}</button>`)}</div>`;
}
