"""Strings that try to become something else than text."""

import itertools

_CALL = "alert(1)"
_TAGS = (
    f"<script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f"<svg onload={_CALL}>",
    f"<svg/onload={_CALL}//",
    f"<body onload={_CALL}>",
    f"<iframe src=javascript:{_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<video><source onerror={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<select autofocus onfocus={_CALL}>",
    f"<textarea autofocus onfocus={_CALL}>",
    f"<marquee onstart={_CALL}>",
    f"<a href=javascript:{_CALL}>click</a>",
    f"<math><mtext></p><img src onerror={_CALL}>",
    f"<object data=javascript:{_CALL}>",
    f"<embed src=javascript:{_CALL}>",
    f"<form><button formaction=javascript:{_CALL}>x",
    f"<base href=javascript:{_CALL}//>",
    "<link rel=stylesheet href=http://198.51.100.1/x.css>",
    "<style>@import 'http://198.51.100.1/x.css';</style>",
    "<meta http-equiv=refresh content='0;url=http://198.51.100.1/'>",
    "<img src=http://198.51.100.1/pixel.gif>",
    f"<template><script>{_CALL}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_CALL}>'>",
)
_QUOTES = ('">', "'>", "`>", "-->", "]]>", "</textarea>", "</title>", "</style>", "</script>")
_ADDRESSES = (
    f"javascript:{_CALL}",
    f"JaVaScRiPt:{_CALL}",
    f"java\tscript:{_CALL}",
    f"data:text/html,<script>{_CALL}</script>",
    f"vbscript:{_CALL}",
    "https://good.example@198.51.100.1/",
    "https://good.example\\@198.51.100.1/",
    "http://198.51.100.1/%0d%0aSet-Cookie:x=1",
)
_TEMPLATES = (
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "#{alert(1)}",
    "<%= alert(1) %>",
    "{{7*7}}",
    "{customer.__class__}",
)
_CELLS = ("=1+1", "@SUM(A1)", "+1", "-1+1|cmd", "\u202egnp.exe", "\u2066evil\u2069", "a\u200fb")

#: More than sixty, each different.
STRINGS: tuple[str, ...] = (
    *_TAGS,
    *(f"{quote}{tag}" for quote, tag in itertools.product(_QUOTES, _TAGS[:2])),
    *_ADDRESSES,
    *_TEMPLATES,
    *_CELLS,
)
