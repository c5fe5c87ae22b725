"""Kinds of values that the settings of several connectors share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from slamon.connectors import _urls
from slamon.fields import mistake


def _address(value: str) -> str:
    try:
        return _urls.base_url(value)
    except ValueError as error:
        raise mistake(str(error)) from None


BaseUrl = Annotated[str, AfterValidator(_address)]
"""Where an API is: a host that credentials may be sent to, without a slash at its end."""
