"""Reviews: who is reviewed when, frozen snapshots, development plans."""
