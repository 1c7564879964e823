"""Printed papers: documents, codes, and the answers that come back on paper."""
