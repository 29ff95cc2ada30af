"""Where to stop and where one has been: breakpoints, watchpoints, bookmarks, places; plain objects."""
