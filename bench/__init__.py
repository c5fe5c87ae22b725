"""What slamon costs: `python -m bench` prints figures and ratios; `python -m bench NAME …` runs some of them."""
