"""Read series against known values: documents' tables, their pairing with what was read, verdicts."""
