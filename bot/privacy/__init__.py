"""What keeps patients out of the chat: the identifier check, retention, export and audit."""
