"""Widgets: they are told with data and ask with messages; none knows the session, or another widget."""
