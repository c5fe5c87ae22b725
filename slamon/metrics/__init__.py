"""What is exported, as data: every family, what events add up to, what the store says. Knows no exposition format."""
