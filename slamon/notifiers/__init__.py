"""Who sends: `base` says what every notifier can do, one file each beside it."""
