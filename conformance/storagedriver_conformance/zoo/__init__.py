"""Broken drivers that prove that the suite can fail: each has one crime, which it must find."""
