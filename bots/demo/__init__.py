"""What a browser sees at `/` and `/desk/`: the demo's shop-window and the desk's landing page."""
