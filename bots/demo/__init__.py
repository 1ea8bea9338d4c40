"""What a browser sees at `/` of a demo: its shop-window."""
