"""For people: the queue, a conversation, and acting by forms."""
