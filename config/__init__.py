"""Settings and the engine's sentences; read only by the composition root."""
