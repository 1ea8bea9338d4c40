// The one place that names the vendored view library; views import from here.

import { h, render, cloneElement, Component } from "../vendor/preact.js";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import { effect, signal } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export { h, render, cloneElement, effect, signal, useEffect, useId, useLayoutEffect, useMemo, useRef, useState };

/** A view drawn again only when one of its properties is another value. */
export function memo(view) {
  class Memo extends Component {
    shouldComponentUpdate(next) {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]);
      for (const name of names) if (next[name] !== this.props[name]) return true;
      return false;
    }
    render(props) {
      return h(view, props);
    }
  }
  return Memo;
}

/** Joins the class names that hold. */
export const cls = (...names) => names.filter(Boolean).join(" ");
