"""The command line (`pkgstore`) and the terminal interface (`pkgstore-tui`) on the library `pkgstore`."""
