// Views whose modules come when they are needed, or when the first screen stands and nothing else is to do.

import { h, html, signal } from "../ui.js";
import { t } from "../i18n.js";
import { Blank } from "./parts.js";

/** A view that loads itself: nothing is drawn before it came. `preload` begins early. */
export function lazy(load) {
  const state = signal({ view: null, isBroken: false });
  let coming = null;
  const preload = () => {
    coming ||= load().then(
      (view) => { state.value = { view, isBroken: false }; },
      () => { // after a deploy the old files are gone; without a connection the next try may work
        coming = null;
        state.value = { view: null, isBroken: true };
      },
    );
    return coming;
  };
  function Lazy(props) {
    const { view, isBroken } = state.value;
    if (isBroken) return html`<${Blank} icon="offline" title=${t("page.failed")} />`;
    if (!view) preload();
    return view && h(view, props);
  }
  Lazy.preload = preload;
  return Lazy;
}

/** Loads views one after the other once the browser has time. */
export function preload(...views) {
  const idle = globalThis.requestIdleCallback || ((work) => setTimeout(work, 200));
  idle(async () => { for (const one of views) await one.preload(); });
}
