"""Long texts are cut where a reader would cut them, and never inside a sign."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.channel import Capabilities
from core.chunks import joined, pieces, shortened
from core.content import Option, Outgoing, utf16_len
from core.fitting import fitted

_WHOLE = ["👨‍👩‍👧‍👦", "🇷🇺", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "й", "e\u0301\u0323", "각", "क्षि", "🙂", "❤️", "\r\n"]
_SIGNS = st.sampled_from([*_WHOLE, *"абвABC.!?,1 \n", "\n\n", "\u00a0", "ش", "א", "**", "— "])
_TEXTS = st.lists(_SIGNS, max_size=120).map("".join)


def chunks(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in pieces(text, limit)]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("один два\n\nтри четыре. пять", 20, ["один два", "три четыре. пять"]),
        ("один два\nтри четыре. пять", 20, ["один два", "три четыре. пять"]),
        ("один два три. четыре пять", 20, ["один два три.", "четыре пять"]),
        ("один два «три!» четыре пять", 20, ["один два «три!»", "четыре пять"]),
        ("один два три четыре", 16, ["один два три", "четыре"]),
        ("одиндватричетыре", 10, ["одиндватри", "четыре"]),
        (
            "цена 1\u00a0200\u00a0₽ и ещё немного",
            12,
            ["цена 1\u00a0200\u00a0₽", "и ещё", "немного"],
        ),
        ("а  \n  б", 4, ["а", "б"]),
    ],
)
def test_a_cut_is_made_at_the_best_border_there_is(
    text: str, limit: int, expected: list[str]
) -> None:
    assert chunks(text, limit) == expected


@pytest.mark.parametrize("whole", _WHOLE)
def test_a_grapheme_is_never_cut(whole: str) -> None:
    size = utf16_len(whole)
    for limit in range(size, 3 * size):
        for chunk in chunks(whole * 5, limit):
            assert chunk.replace(whole, "") == ""


def test_flags_are_cut_between_flags() -> None:
    assert chunks("🇷🇺🇫🇷🇩🇪", 9) == ["🇷🇺🇫🇷", "🇩🇪"]


def test_a_grapheme_longer_than_a_message_is_cut_rather_than_lost() -> None:
    zalgo = "z" + "\u0301" * 50
    assert "".join(chunks(zalgo, 20)) == zalgo


def test_a_thousand_lines_are_cut_at_line_ends() -> None:
    text = "\n".join(f"Строка {n}" for n in range(1000))
    parts = chunks(text, 4096)
    assert "\n".join(parts) == text
    assert len(parts) == 3


@given(text=_TEXTS, limit=st.integers(24, 60))
@settings(max_examples=300)
def test_no_chunk_is_too_long_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    at = 0
    for start, end in pieces(text, limit):
        assert text[at:start].strip() == ""
        assert 0 < utf16_len(text[start:end]) <= limit
        at = end
    assert text[at:].strip() == ""


@given(text=_TEXTS, limit=st.integers(24, 60))
@settings(max_examples=300)
def test_no_chunk_begins_or_ends_inside_a_sign(text: str, limit: int) -> None:
    for start, end in pieces(text, limit):
        text[start:end].encode("utf-16-le")
        for at in (start, end):
            # a sequence pasted together by chance may be longer than the limit
            if 0 < at < len(text) and joined(text, at):
                assert text[at - 1].isspace() or _sign_length(text, at) > limit


def _sign_length(text: str, at: int) -> int:
    low, high = at, at
    while low > 0 and joined(text, low):
        low -= 1
    while high < len(text) and joined(text, high):
        high += 1
    return utf16_len(text[low:high])


@given(text=st.text(max_size=200), limit=st.integers(2, 30))
@settings(max_examples=200)
def test_any_text_at_all_is_cut_within_the_limit(text: str, limit: int) -> None:
    assert all(utf16_len(chunk) <= limit for chunk in chunks(text, limit))


@given(text=_TEXTS, limit=st.integers(24, 60), spans=st.booleans())
@settings(max_examples=300)
def test_spans_lie_inside_their_text_and_cover_what_was_marked(
    text: str, limit: int, spans: bool
) -> None:
    capabilities = Capabilities(platform="x", text=limit, spans=spans)
    bold = re.findall(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*", text)
    shown = []
    for message in fitted(Outgoing(text=text), capabilities):
        units = message.text.encode("utf-16-le")
        for span in message.spans:
            assert 0 <= span.offset < span.offset + span.length <= len(units) // 2
            part = units[span.offset * 2 : (span.offset + span.length) * 2]
            shown.append(part.decode("utf-16-le"))
    if spans:
        assert "".join("".join(shown).split()) == "".join("".join(bold).split())
    else:
        assert shown == []


@given(labels=st.lists(st.sampled_from(["A", "A 1", "Тариф один", "Тариф два", "🙂" * 9, "Б"])))
@settings(max_examples=200)
def test_labels_fit_and_no_two_are_alike(labels: list[str]) -> None:
    options = tuple(Option(key=str(n), label=text, token="o") for n, text in enumerate(labels))
    capabilities = Capabilities(platform="x", inline_row=2, inline_total=100, label=8)
    shown = [o.label for o in fitted(Outgoing(text="?", options=options), capabilities)[-1].options]
    assert len(set(shown)) == len(labels)
    assert all(utf16_len(label) <= 8 for label in shown)


def test_a_label_is_cut_with_an_ellipsis() -> None:
    assert shortened("Восстановить пароль", 13) == "Восстановить…"
