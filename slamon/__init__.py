"""slamon watches how long customers wait for an answer on the platforms where they write."""
