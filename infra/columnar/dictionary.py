"""Texts as small numbers: given by the decoder on first sight, the same over its life."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Dictionary:
    """Two-way table of one field's texts and codes; codes count up from 0.

    Parameters
    ----------
    texts
        Known from the start: an enum's symbols.
    newer
        Gives the texts that were met since it was asked last, in the order of their codes.
    """

    def __init__(self, texts: Sequence[str] = (), newer: Callable[[], Sequence[str]] | None = None) -> None:
        self._texts = list(texts)
        self._codes = {text: code for code, text in enumerate(self._texts)}
        self._newer = newer

    def __len__(self) -> int:
        self._catch_up()
        return len(self._texts)

    def text(self, code: int) -> str:
        """Return the text of ``code``; raises `IndexError` if none was given."""
        if code >= len(self._texts):
            self._catch_up()
        if code < 0:
            raise IndexError(f"expected a code from 0, found {code}")
        return self._texts[code]

    def code(self, text: str) -> int | None:
        """Return the code of ``text``, None if no record held it yet."""
        found = self._codes.get(text)
        if found is None:
            self._catch_up()
            found = self._codes.get(text)
        return found

    def texts(self) -> tuple[str, ...]:
        """Return all texts in the order of their codes."""
        self._catch_up()
        return tuple(self._texts)

    def _catch_up(self) -> None:
        if self._newer is not None:
            for text in self._newer():
                self._codes[text] = len(self._texts)
                self._texts.append(text)
