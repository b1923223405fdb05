"""The events that belong to a conversation between a handler and its caller: questions and progress."""
