"""Measurements of speed and memory, each beside a peer or a limit. Run them with `make bench`."""
