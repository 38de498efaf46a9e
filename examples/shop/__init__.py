"""A mall of four shops on the library and its store: see README.md, and start it with `make shop`."""
