"""Everything that is wrong with a store: what a reading tells, and what a second look at small files adds."""
