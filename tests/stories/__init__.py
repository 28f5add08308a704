"""Pages of the documentation that are made by running the programs."""
