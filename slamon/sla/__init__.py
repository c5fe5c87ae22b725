"""Pure: what a message is, who waits since when, what was promised, what to say. No I/O, no clock, no YAML."""
