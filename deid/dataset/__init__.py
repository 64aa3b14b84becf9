"""What researchers take away: chat-style rows of attested clean reports, with clean frames where asked."""

from deid.dataset.chat import chat_rows, read_chat, write_chat

__all__ = ["chat_rows", "read_chat", "write_chat"]
