"""When the bot says it: the calendar, what is due, and delivering it once."""
