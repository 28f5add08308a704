"""The interface open for long, on a store in which everything goes on at once: `python -m bench.soak`.

Each kind of work is a process of its own, as on a server: `workers`, `builds`, `crashes` (which starts the victims
that it kills) and `upkeep`. The interface runs in a terminal, with `screen` in it; `figures` says what is measured.
"""
