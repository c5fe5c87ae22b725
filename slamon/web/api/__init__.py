"""For programs: everything under /api/v1, and its description."""
