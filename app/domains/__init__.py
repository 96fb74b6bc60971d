"""What the business is: one folder for each word of it, in the order of docs/architecture.md."""
