"""What slamon serves over HTTP: metrics, health, the queue, and an interface for programs."""

from slamon.web.entry.guard import Guard
from slamon.web.health import Health
from slamon.web.pages import Pages
from slamon.web.server import WebServer

__all__ = ["Guard", "Health", "Pages", "WebServer"]
