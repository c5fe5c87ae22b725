"""web.yml: TLS and users in the format of Prometheus' exporter toolkit; and what config.yaml says below `web`."""

from slamon.webfile.expiry import expired, expiry
from slamon.webfile.keys import KEYS
from slamon.webfile.reading import WebFile, WebReading, read_web
from slamon.webfile.settings import SETTINGS, WebConfig, WebSettingsKeys, read_settings, unguarded
from slamon.webfile.tls import Tls

__all__ = [
    "KEYS",
    "SETTINGS",
    "Tls",
    "WebConfig",
    "WebFile",
    "WebReading",
    "WebSettingsKeys",
    "expired",
    "expiry",
    "read_settings",
    "read_web",
    "unguarded",
]
