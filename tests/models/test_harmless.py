"""Text from outside in a chat message is never more than text."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from models.markdown import harmless
from models.notification import in_words


@given(st.text())
@example("<!channel> <https://evil.example|a link> ![](http://x) @everyone www.evil.example `code`")
@example("two\nlines\r\u2028\u202eright to left")
def test_nothing_in_it_can_be_more_than_text(text: str) -> None:
    """No markup of Slack, Teams, e-mail or Markdown: links, mentions, pictures, code, further lines."""
    shown = harmless(text)
    assert not set(shown) & set("<>[]`*|\\\n\r")
    assert not re.search(r"(?i)://|www\.|@(?!\u2060)|mailto:(?!\u2060)", shown)
    assert shown.isprintable() or "\u2060" in shown
    assert len(harmless(text, 20)) <= 40


def test_durations_are_for_people() -> None:
    """Neither seconds by the thousand nor hours with decimals."""
    assert [in_words(seconds) for seconds in (7.4, 119, 121, 7100, 11_100)] == [
        "7 s",
        "119 s",
        "2 min",
        "118 min",
        "3 h 5 min",
    ]
