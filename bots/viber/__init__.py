"""Viber: viberbot as a codec of messages, our own client and ingress."""
