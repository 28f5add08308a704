"""What changes a store: each operation a frozen plan, a `plan_…` function and an `apply_…` generator of events."""
