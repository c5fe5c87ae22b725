"""Changed rules take the place of those in force, in one step, while everything goes on."""

from slamon.reload.reloader import Reloader
from slamon.reload.report import Report
from slamon.reload.world import World

__all__ = ["Reloader", "Report", "World"]
