// The desk's HTTP API: one function that sends, and refusals as one kind of error.

const PREFIX = "/api/v1";
const TIMEOUT_MS = 20_000;

/** A refusal. status 0: the server could not be asked. body: the problem document, if any. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail || body.title || `status ${status}`);
    this.status = status;
    this.code = body.code || (status === 0 ? "offline" : "failed");
    this.title = body.title || "";
    this.detail = body.detail || "";
    this.body = body;
    this.retryAfterMs = retryAfter * 1000;
  }
  /** The same thing may work later, unchanged. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.code === "in_progress";
  }
}

/** Set by the page: which language refusals speak, whom to tell that the session is over, who sits here. */
export const hooks = { language: () => "en", onExpired: () => {}, who: () => "" };

/**
 * Sends one request; the parsed body, or null for an empty one. Throws Problem.
 * key: an Idempotency-Key; `true` makes one. form: multipart instead of JSON.
 */
export async function send(method, path, body, { key, form, timeoutMs = TIMEOUT_MS } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": hooks.language() };
  if (method !== "GET") headers["X-Otklik"] = "1";
  const who = hooks.who();
  if (who) headers["X-Otklik-Operator"] = who; // the cookie may be somebody else's by now
  if (key) headers["Idempotency-Key"] = key === true ? newId() : key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  let answer = null;
  try {
    response = await fetch(PREFIX + path, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: form || (body === undefined ? undefined : JSON.stringify(body)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    answer = text ? JSON.parse(text) : null;
  } catch {
    if (!response || response.ok) throw new Problem(0);
  }
  if (response.ok) return answer;
  const problem = new Problem(response.status, answer || {}, Number(response.headers.get("Retry-After")) || 0);
  if (problem.code === "session_expired") hooks.onExpired();
  throw problem;
}

export const get = (path) => send("GET", path);
export const post = (path, body, options) => send("POST", path, body, options);
export const put = (path, body) => send("PUT", path, body);
export const patch = (path, body) => send("PATCH", path, body);
export const remove = (path) => send("DELETE", path);

/** A command with an Idempotency-Key, tried twice when the answer got lost: the key makes it once. */
export async function command(path, body) {
  const key = newId();
  try {
    return await post(path, body, { key });
  } catch (problem) {
    if (problem.status !== 0) throw problem;
    return post(path, body, { key });
  }
}

/** A query string of the values that say something. */
export function query(values) {
  const said = Object.entries(values).filter(([, value]) => value !== "" && value != null);
  return said.length ? `?${new URLSearchParams(said)}` : "";
}

/** A new id: UUID version 7, so that ids sort by the moment they were made. Works outside secure contexts too, where `crypto.randomUUID` does not exist. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 0, rest = now; place < 6; place += 1, rest = Math.floor(rest / 256)) {
    bytes[5 - place] = rest % 256;
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
