"""A message as every channel gets it: platform-neutral, so that a channel only decides how it looks there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A named value of the message's body."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes
    ----------
    headline
        First line; alone it must do the job in a phone's notification.
    title
        Arrow, symbol, side and state.
    body
        What changed and what it means for the reader; may be empty.
    fields
        In the fixed order of the tier's layout.
    footer
        Delivery id, time, tier, and what the message is not.
    colour
        ``#rrggbb`` of the palette.
    thread_name
        Name of the thread this message opens, when it opens one.
    quiet
        True when it must not ring: a heads-up.
    """

    headline: str
    title: str
    body: str
    fields: tuple[Field, ...]
    footer: str
    colour: str
    thread_name: str
    quiet: bool

    @property
    def text(self) -> str:
        """Everything a reader sees, one item a line: what the redaction linter reads."""
        parts = [self.headline, self.title, self.body, *(f"{field.name}\n{field.value}" for field in self.fields)]
        return "\n".join([*parts, self.footer, self.thread_name])
