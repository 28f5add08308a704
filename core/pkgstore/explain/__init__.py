"""Why a package of a lockfile is taken from the store, or is not."""
