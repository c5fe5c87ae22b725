"""What slamon serves over HTTP: metrics, health, and a page that says what is where."""

from slamon.web.health import Health
from slamon.web.server import WebServer

__all__ = ["Health", "WebServer"]
