"""What admins edit under rules/: channel files, default.yaml and calendars.yaml become one frozen rule set."""

from slamon.rules.facts import ChannelFacts
from slamon.rules.files import load_files, load_rules

__all__ = ["ChannelFacts", "load_files", "load_rules"]
