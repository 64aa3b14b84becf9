"""What researchers take away: chat-style rows of attested clean reports, with clean frames where asked."""

from deid.dataset.chat import read_chat, write_chat

__all__ = ["read_chat", "write_chat"]
