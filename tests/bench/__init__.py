"""`make bench`: what the product costs, beside bare work of the same size in the same run."""
