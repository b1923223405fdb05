"""What lives as long as the server: who listens, and what is being asked."""

from __future__ import annotations

from dam_web.resources.activity import Activity
from dam_web.resources.broadcaster import MOST_IDS, Broadcaster, Change, Changes, Subscription
from dam_web.resources.conversations import Conversation, Conversations

__all__ = ["MOST_IDS", "Activity", "Broadcaster", "Change", "Changes", "Conversation", "Conversations", "Subscription"]
