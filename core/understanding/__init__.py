"""From free text to a topic and to values."""
