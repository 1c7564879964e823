"""Marking of written answers: the queue, rubric marks, conflicts between two markers."""
