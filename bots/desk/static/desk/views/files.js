// Files on their way into a message: picked, dropped or pasted, uploaded at once, removable until sent.

import { html, useEffect, useRef, useState } from "../ui.js";
import { newId } from "../api.js";
import * as desk from "../desk.js";
import { shownName, size, t } from "../i18n.js";
import * as store from "../store.js";
import { Button } from "./parts.js";
import { Icon } from "./icons.js";

const MOST_BYTES = 20 * 1024 * 1024;

/** list: [{key, id?, name, size, preview?, problem?}]; those with an id are in the draft. */
export function useFiles(dialog, mode) {
  const { drafts } = desk.parts;
  const [list, setList] = useState(() => drafts.read(dialog, mode).files.map((file) => ({ key: file.id, ...file })));
  const now = useRef(list);
  const picker = useRef(null);
  const set = (next) => {
    now.current = next;
    setList(next);
  };
  const patch = (key, fields) => set(now.current.map((one) => (one.key === key ? { ...one, ...fields } : one)));
  useEffect(() => () => now.current.forEach((one) => one.preview && URL.revokeObjectURL(one.preview)), []);

  const fail = (key, name, problem) => {
    patch(key, { problem });
    if (!picker.current) store.toast("bad", `${shownName(name)}: ${problem}`); // left meanwhile
  };
  const add = async (file, name) => {
    const key = newId();
    const isPicture = file.type.startsWith("image/") && file.type !== "image/svg+xml";
    const one = { key, name, size: file.size, preview: isPicture ? URL.createObjectURL(file) : "" };
    if (file.size > MOST_BYTES) {
      set([...now.current, { ...one, problem: t("file.too_large", { size: size(MOST_BYTES) }) }]);
      return;
    }
    set([...now.current, one]);
    try {
      const found = await desk.upload(dialog, file, name, key);
      if (!now.current.some((other) => other.key === key)) return;
      if (found.state === "refused") fail(key, name, t("file.refused"));
      else {
        patch(key, { id: found.id });
        drafts.attach(dialog, { id: found.id, name, size: file.size });
      }
    } catch (problem) {
      fail(key, name, problem.code === "bad_type" ? t("file.bad_type") : desk.words(problem));
    }
  };
  const addAll = (files) => [...files].forEach((file, n) => add(file, file.name || `${t("file.pasted")}-${n + 1}.png`));
  const remove = (key) => {
    const gone = now.current.find((one) => one.key === key);
    if (gone?.preview) URL.revokeObjectURL(gone.preview);
    set(now.current.filter((one) => one.key !== key));
    drafts.detach(dialog, [gone?.id]);
  };
  return {
    list, picker, addAll, remove,
    get isBusy() { return list.some((one) => !one.id || one.problem); },
    clear: () => set([]),
    /** The draft's files, as another tab or machine left them; what was sent or removed there is gone here too. */
    take: (found) => {
      const known = new Map(now.current.map((one) => [one.id, one]));
      set([...now.current.filter((one) => !one.id), ...found.map((one) => known.get(one.id) || { key: one.id, ...one })]);
    },
    pick: () => picker.current?.click(),
    onPaste: (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      addAll(files);
    },
  };
}

export function Files({ files }) {
  return html`<input type="file" multiple hidden ref=${files.picker} tabIndex="-1" aria-hidden="true"
      onChange=${(event) => { files.addAll(event.target.files); event.target.value = ""; }} />
    ${files.list.length > 0 && html`<ul class="attached" aria-label=${t("composer.attached")}>${files.list.map((one) => {
      const name = shownName(one.name);
      return html`<li key=${one.key} class=${one.problem ? "bad" : ""}>
        ${one.preview ? html`<img src=${one.preview} alt=${name} />` : html`<${Icon} name="file" size=${24} />`}
        <span class="file-text"><span class="file-name">${name}</span>
          <span class=${one.problem ? "bad" : "muted"} role=${one.problem ? "alert" : undefined}>${one.problem || (one.id ? one.size && size(one.size) : t("file.uploading"))}</span></span>
        <${Button} kind="quiet" small icon="x" label=${t("composer.remove", { file: name })} onClick=${() => files.remove(one.key)} /></li>`;
    })}</ul>`}`;
}
