"""Pages that join several rooms, and the same view models as PDF and xlsx."""
