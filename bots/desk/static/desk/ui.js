// The one place that names the vendored view library; views import from here.

import { h, render, cloneElement, Fragment, Component } from "../vendor/preact.js";
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export {
  h, render, cloneElement, Fragment, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
  batch, computed, effect, signal, useComputed, useSignal,
};

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
