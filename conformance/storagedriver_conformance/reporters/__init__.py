"""Ways to show a report: each is a function of a `Report` alone."""
