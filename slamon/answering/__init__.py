"""People answer in Slack: what they click and set there reaches `slamon.acting`, and they are told what came of it."""

from slamon.answering.answering import Answering
from slamon.answering.around import Around
from slamon.answering.line import Line, Way

__all__ = ["Answering", "Around", "Line", "Way"]
