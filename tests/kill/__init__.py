"""The kill matrix and the soak: `python -m kill`, with tests/ on the path. See `kill.__main__`."""
