"""Facebook Messenger: a small client of our own for the Graph API, our own ingress."""
