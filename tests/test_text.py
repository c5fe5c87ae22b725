"""What people are called on a line of text."""

from __future__ import annotations

import pytest

from slamon.model import Author
from slamon.notifiers.text import called


@pytest.mark.parametrize(
    ("author", "name"),
    [
        (Author("1", "ann", "Ann Otto"), "@ann"),
        (Author("1", "ann@customers.example"), "ann@customers.example"),
        (Author("1", "", "Ann\n Otto"), "Ann Otto"),
        (Author("1"), "@1"),
    ],
)
def test_a_person_is_called_by_handle_address_name_or_id(author: Author, name: str) -> None:
    assert called(author) == name
