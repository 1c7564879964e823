"""Deliverables: sections written and kept, comments at the place, reviews, panels, follow-up."""
