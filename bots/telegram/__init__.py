"""Telegram: aiogram as types and client, our own ingress."""
