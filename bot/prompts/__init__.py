"""What the bot says: each prompt built as a Message, and the library of reviewed content behind it."""
