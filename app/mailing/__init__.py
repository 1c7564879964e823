"""Notices as e-mail: in the reader's language, at the reader's hours, never twice."""
