"""The rights that slamon needs on Bluesky, and where an admin gets them."""

from slamon.connectors.base import Permission

PASSWORD = Permission(
    "app password",
    "everything",
    "Bluesky: Settings, Privacy and security, App passwords, signed in as the account",
)
NOTIFICATIONS = Permission(
    "notifications from everyone",
    "mentions, replies and quotes",
    "Bluesky: Settings, Notifications, signed in as the account; Replies, Mentions and Quotes want In-app and Everyone",
    optional=True,
)
DIRECT = Permission(
    "access to direct messages",
    "direct messages",
    "Bluesky: an app password made with the tick at Allow access to your direct messages",
    optional=True,
)
