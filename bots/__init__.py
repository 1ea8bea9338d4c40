"""The platforms and the process: adapters, web application, command line."""
