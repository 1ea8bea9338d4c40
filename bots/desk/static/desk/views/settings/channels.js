// Every channel and how it fares.

import { html, useEffect } from "../../ui.js";
import * as desk from "../../desk.js";
import { t } from "../../i18n.js";
import * as store from "../../store.js";
import { Channels } from "../board.js";
import { Panel } from "./panel.js";

export function ChannelSettings() {
  useEffect(() => { desk.loadChannels(); }, []);
  return html`<${Panel} title=${t("settings.channels")} lead=${t("channels.lead")}><${Channels} channels=${store.channels.value} /><//>`;
}
