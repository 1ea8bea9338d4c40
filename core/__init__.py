"""The pure dialog engine, the domain and the ports; I/O only in the drivers of its sub-packages."""
