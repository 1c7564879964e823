"""Thin use of the job queue."""
