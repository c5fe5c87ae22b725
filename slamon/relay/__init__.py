"""The second route: how people are told while Slack cannot be used, or beside it."""

from slamon.relay.building import routes_of
from slamon.relay.relay import Relay
from slamon.relay.routes import Routes

__all__ = ["Relay", "Routes", "routes_of"]
