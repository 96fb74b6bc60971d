"""The basket: lines, and how long it is kept. Knows variants by id and what they cost when seen."""
