"""What says whether the code is in order: the tools, our own checks, and the tests."""
