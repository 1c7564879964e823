"""Rated work: role-plays and what other rooms hand in, marked by several, settled, appealed."""
