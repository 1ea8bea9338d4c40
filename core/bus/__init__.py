"""Wake-ups and live events; a lost message costs a sweep, never data."""
