"""Pass rates and what else is counted: read only."""
