"""MAX: our own client over the shared transport, our own ingress and polling."""
