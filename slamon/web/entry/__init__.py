"""Who comes in: host names, sign-in, what is shown to a stranger, and how often one may guess."""
