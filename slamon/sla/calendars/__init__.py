"""The kinds of calendars, and the tables of open time that they are compiled to."""

from slamon.sla.calendars.kinds import Union, Weekly, Without

__all__ = ["Union", "Weekly", "Without"]
