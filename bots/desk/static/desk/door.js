// How the page began: with a setup link, or without a server.

import { signal } from "../vendor/signals-core.js";

/** Token of a setup link, until it was used. */
export const setup = signal("");
/** failed: the server could not be asked who sits here. */
export const start = signal("");
