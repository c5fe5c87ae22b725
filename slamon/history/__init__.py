"""What was said, recorded in a file or kept in the store, judged at one instant: for replays, simulations, reports."""
