"""The scenario language: loading, checking, running."""
