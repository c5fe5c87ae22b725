"""The headers of `http_server_config`, in every answer that does not set them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.web.pages import App, Scope


class Headed:
    """Adds them."""

    def __init__(self, app: App, headers: Callable[[], Mapping[str, str]]) -> None:
        """`headers`: those in force."""
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own untyped callables
        """Let the request through, and add to the answer."""

        async def sent(message: Any) -> None:  # noqa: ANN401 - as above
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers().items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)
