"""Rule tests: a case is played on the engine of the daemon, and what came of it is held against what is expected."""
