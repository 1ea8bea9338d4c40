// Small pure readings of what the API gives. No DOM.

const MORE = [
  "messages", "has_before", "handoff", "caps", "viewers", "drafts", "rating", "allowed", "read_n", "last_n", "result", "gone",
];

/** The row of a dialog: what lists keep of it. */
export function rowOf(dialog) {
  const row = { ...dialog };
  for (const name of MORE) delete row[name];
  return row;
}

/** Of a dialog that one may not read only this is told: that it exists and who has it. */
export const isHidden = (row) => !row.customer.id;

/** What a thread says about a refused command: {code, name}; null when a passing word is enough. */
export function alertOf(problem, me) {
  const { current, changed_by: by } = problem.body;
  const other = current?.operator && current.operator.id !== me ? current.operator.name : "";
  switch (problem.code) {
    case "taken": return { code: "taken", name: by?.name || other };
    case "not_owner": return other ? { code: "taken", name: other } : { code: "not_owner" };
    case "stale": return other ? { code: "taken", name: other } : { code: "stale", name: by?.name || "" };
    case "new_message": return { code: "new_message" };
    case "closed": return { code: "closed" };
    case "limit_reached": return { code: "limit_reached", detail: problem.detail };
    case "channel_refuses": return { code: "channel_refuses", detail: problem.detail };
    default: return null;
  }
}

/** How the promise of an answer stands at a moment: ok, soon or late; it goes on between two frames. */
export function dueOf(row, now) {
  if (!row.deadline) return "ok";
  const { at, warn_at: warnAt } = row.deadline;
  if (now >= Date.parse(at)) return "late";
  return now >= Date.parse(warnAt || at) ? "soon" : "ok";
}

/** The word and the icon of a state of a row. */
export const stateOf = (row) => (row.state === "rating" ? "closed" : row.state);

/** Letters for a face without a picture. */
export function initials(name) {
  const words = String(name || "").trim().split(/\s+/).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0]).join("");
  return letters.toUpperCase() || "?";
}

/** A number 0..7 that is always the same for a text: picks the colour of a face. */
export function hue(text) {
  let sum = 0;
  for (const letter of String(text)) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 8;
}
