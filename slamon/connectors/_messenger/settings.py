"""The keys of a channel on Messenger."""

from typing import Annotated

from pydantic import Field, StringConstraints

from slamon.connectors._graph.settings import GraphSettings, ObjectId

INSTANT_REPLY = "pages_comm_instant_reply"

Tag = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MessengerSettings(GraphSettings):
    """The keys of a channel on Messenger."""

    account: ObjectId = Field(description="the id of the Facebook Page; its conversations are watched")
    automation_tags: tuple[Tag, ...] = Field(
        (INSTANT_REPLY,),
        max_length=50,
        description="tags of messages of yours that Meta sends by itself, such as instant replies: they end no wait",
    )
