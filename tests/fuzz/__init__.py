"""Fuzzing: every parser of what comes from outside, fed with bytes that no test has thought of. See `targets`."""
