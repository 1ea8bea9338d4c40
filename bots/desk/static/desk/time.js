// The server's clock: browsers' clocks are wrong by minutes and days, waits must not be.

import { signal } from "../vendor/signals-core.js";

/** How far the browser's clock is behind the server's, ms. */
export const skewMs = signal(0);
/** The present moment of the server, ms. */
export const now = () => Date.now() + skewMs.value;
/** Notes what the server said its time is. */
export function heard(serverAt) {
  skewMs.value = Date.parse(serverAt) - Date.now();
}
