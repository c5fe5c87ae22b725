"""What `slamon report` says: the figures of the waits that began in a span of time, and the forms they are shown in."""
