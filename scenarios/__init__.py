"""What the bot says (YAML, edited by support staff) and the services it may call."""
