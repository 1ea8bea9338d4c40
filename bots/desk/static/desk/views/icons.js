// Icons drawn for the desk: strokes on a grid of 24, coloured by the text around them.

import { html } from "../ui.js";

const PATHS = {
  dialogs: "M4 6.500A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.500v7a2.5 2.5 0 0 1-2.5 2.500H11l-4.5 4V16A2.5 2.5 0 0 1 4 13.500z",
  board: "M4 20V10m5.3 10V4m5.4 16v-7M20 20V7",
  reports: "M5 3.500h9l5 5v12H5zM14 3.500v5h5M8.5 13h7m-7 3.500h5",
  audit: "M12 3.5 5 6v5.500c0 4.2 2.8 7.4 7 9 4.2-1.6 7-4.8 7-9V6zM9 12l2.2 2.2L15.5 10",
  settings: "M4 7h9m5 0h2M4 17h3m5 0h8M15.5 4.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zm-6 10a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20 20",
  sound: "M4 9.500v5h3.500L12 18.500v-13L7.5 9.500zM15.5 9a4.2 4.2 0 0 1 0 6m2.6-8.6a8 8 0 0 1 0 11.2",
  mute: "M4 9.500v5h3.500L12 18.500v-13L7.5 9.500zM16 9.500l5 5m0-5-5 5",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zm0 3.500V12l3 2",
  late: "M12 4.5 21 19.500H3zM12 10v4.500m0 2.3v.2",
  check: "M5 12.5 10 17.5 19.5 7",
  checks: "M2.5 12.5 7 17l8.5-9.500M11 16l1 1L21.5 7.5",
  seen: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  hourglass: "M7 4h10M7 20h10M8 4c0 4 3 5.5 4 8-1 2.5-4 4-4 8m8-16c0 4-3 5.5-4 8 1 2.5 4 4 4 8",
  failed: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zm0 4v5m0 2.8v.2",
  unknown: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM9.8 9.8a2.2 2.2 0 1 1 3.3 2c-.8.4-1.1.9-1.1 1.7m0 2.500v.2",
  cancelled: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM6.5 6.500l11 11",
  bot: "M6 9h12a1.5 1.5 0 0 1 1.5 1.500v7A1.5 1.5 0 0 1 18 19H6a1.5 1.5 0 0 1-1.5-1.500v-7A1.5 1.5 0 0 1 6 9zm6 0V5m-1 0h2M9 13v1.500m6-1.500v1.5",
  person: "M12 4.500a3.7 3.7 0 1 1 0 7.4 3.7 3.7 0 0 1 0-7.4zM5 20c.5-3.8 3.3-5.6 7-5.6s6.5 1.8 7 5.6",
  note: "M5 4.500h14v10l-5 5H5zM14 19.500v-5h5M8.5 9h7m-7 3.500h4",
  send: "M4 12 20.5 4.5 15 20l-3.5-6.500zM11.5 13.5 20.5 4.5",
  attach: "m19 11.5-7.3 7.3a4.5 4.5 0 0 1-6.4-6.4l7.8-7.7a3 3 0 0 1 4.2 4.2l-7.6 7.6a1.5 1.5 0 0 1-2.1-2.100l6.8-6.9",
  emoji: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM8.5 14c.8 1.4 2 2.1 3.5 2.100s2.7-.7 3.5-2.100M9 9.500v.6m6-.6v.6",
  canned: "M5 5h14v14H5zM9.5 15.500l5-7",
  transfer: "M4 8.500h14m-4-4 4 4-4 4M20 15.500H6m4-4-4 4 4 4",
  closed: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM8.5 12.3l2.4 2.4 4.6-5",
  queued: "M5 6h14M5 12h14M5 18h8",
  take: "M12 4v11m-4.5-4.500L12 15l4.5-4.500M5 19.500h14",
  more: "M5.2 12a.8.8 0 1 0 1.600 0 .8.8 0 1 0-1.600 0zm6 0a.8.8 0 1 0 1.600 0 .8.8 0 1 0-1.600 0zm6 0a.8.8 0 1 0 1.600 0 .8.8 0 1 0-1.600 0z",
  down: "m6 9.5 6 6 6-6",
  right: "m9.5 6 6 6-6 6",
  left: "m14.5 6-6 6 6 6",
  x: "m6 6 12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  file: "M6 3.500h8l4.5 4.500v12.500H6zM14 3.500V8h4.5",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1m2 3.7a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  place: "M12 20.500s6.5-5.8 6.5-11a6.5 6.5 0 0 0-13 0c0 5.2 6.5 11 6.5 11zM12 7.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z",
  star: "m12 4 2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.7-5 2.7 1.1-5.500L4 9.7 9.6 9z",
  shield: "M12 3.5 5 6v5.500c0 4.2 2.8 7.4 7 9 4.2-1.6 7-4.8 7-9V6z",
  verified: "M12 3.5 5 6v5.500c0 4.2 2.8 7.4 7 9 4.2-1.6 7-4.8 7-9V6zM8.8 12l2.3 2.3 4.2-4.6",
  keyboard: "M3.5 7h17v10.500h-17zM7 10.500v.1m3.3-.1v.1m3.4-.1v.1m3.3-.1v.1M8 14.500h8",
  offline: "M3.5 10a12 12 0 0 1 5-3m4-1a12 12 0 0 1 8 4M9.5 16.3a3.6 3.6 0 0 1 5 0M12 19.3v.1M4 4l16 16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  telegram: "M3.5 11.5 20.5 4.5 17.5 19.500l-5.7-4.2-2.8 2.7-.6-4.8z",
  site: "M4 5h16v14H4zM4 9h16M7 7v.1m2.5-.1v.1",
  console: "M4 5h16v14H4zM7.5 9.500l3 2.5-3 2.500m5 .5h4",
  empty: "M4 13.5 6.5 5h11L20 13.500V19H4zM4 13.500h4.500c.5 1.8 1.7 2.7 3.5 2.7s3-.9 3.5-2.7H20",
  out: "M14 4.500h5v15h-5M4.5 12H15m-4-4 4 4-4 4",
  quote: "M9.5 6 4.5 11l5 5M4.5 11h9a6 6 0 0 1 6 6v1",
  edit: "M5 19l.8-3.8L16 5l3 3L8.8 18.2zM13.500 7.500l3 3",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4",
  tag: "M4 4.500h8l8 8-7.5 7.5-8.5-8zM8 8.3v.1",
};

/** An icon; decoration unless it has a label. */
export function Icon({ name, label, size = 18, class: own = "" }) {
  const said = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return html`<svg class=${`icon ${own}`} viewBox="0 0 24 24" width=${size} height=${size} focusable="false" ...${said}>
    ${label && html`<title>${label}</title>`}<path d=${PATHS[name] || PATHS.unknown} /></svg>`;
}

const CHANNELS = new Set(["telegram", "site", "console"]);
export const channelIcon = (kind) => (CHANNELS.has(kind) ? kind : "dialogs");
export const STATE_ICONS = { bot: "bot", queued: "queued", with_operator: "person", rating: "closed", closed: "closed" };
