"""What happens on an update: one function per use case, no HTTP types."""
