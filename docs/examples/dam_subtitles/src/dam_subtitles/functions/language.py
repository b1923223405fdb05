"""Guesses the language of a text by its most common words."""

from __future__ import annotations

import re
from collections import Counter

COMMON = {
    "de": "ich du er sie wir ihr das der die und nicht ist ein eine was zu mit auf es haben war aber nur noch",
    "en": "i you he she we they the and not is a an what to with on it have was but only of that this",
    "es": "yo tu el ella los las que no es un una en y con por lo se está pero muy más bien qué para",
    "fr": "je tu il elle nous vous le la les et pas est un une que ce dans avec mais pour qui suis c'est j'ai",
    "it": "io tu lui lei noi voi il lo gli e non è un una che di con ma per sono ho questo come più",
    "nl": "ik jij hij zij wij het de en niet is een wat met op heb was maar nog ook dat dit voor van je",
    "pt": "eu você ele ela nós o os as e não é um uma que com mas por isso está muito para de do da",
}
"""The words that are said most in films, by language (ISO 639-1)."""

LEAST_WORDS = 3
_LANGUAGES = {language: frozenset(words.split()) for language, words in COMMON.items()}


def guess_language(text: str) -> str | None:
    """The language whose common words are most in a text; None for a short text, or where two are equal."""
    words = Counter(re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?", text.lower()))
    counts = {language: sum(words[word] for word in common) for language, common in _LANGUAGES.items()}
    best, second = sorted(counts, key=counts.__getitem__, reverse=True)[:2]
    return best if counts[best] >= LEAST_WORDS and counts[best] > counts[second] else None
