"""The demo company: people, half a year of learning and evidence, made by the real services."""
