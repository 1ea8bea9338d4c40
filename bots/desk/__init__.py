"""The operators' API and live socket."""
