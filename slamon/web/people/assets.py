"""The style sheet, the script and the icon: named by their content, so that browsers may keep them for ever."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import Response

from slamon.web.answers import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """All of them, read once."""

    names: Mapping[str, str]
    """`page.css` → the path that pages link to."""
    contents: Mapping[str, bytes]
    """By the name with the hash in it."""

    async def serve(self, request: Request) -> Response:
        """One of them, or 404."""
        name = request.path_params["name"]
        content = self.contents.get(name)
        if content is None:
            return plain(404, "there is no such file")
        return Response(content, headers={**HEADERS, "Content-Type": KINDS[name.rpartition(".")[2]]})


def assets() -> Assets:
    """Those that came with this package."""
    folder = files("slamon.web.people").joinpath("static")
    found = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    hashed = {name: _hashed(name, content) for name, content in found.items()}
    return Assets({name: f"/static/{of}" for name, of in hashed.items()}, {hashed[name]: found[name] for name in found})


def _hashed(name: str, content: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    return f"{stem}.{sha256(content).hexdigest()[:16]}.{kind}"
