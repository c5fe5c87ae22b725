"""What people do about waits, wherever they do it: by button, by reaction, by command, by HTTP. One door for all."""

from slamon.acting.acting import Acting
from slamon.acting.order import Acted, Order, Person

__all__ = ["Acted", "Acting", "Order", "Person"]
