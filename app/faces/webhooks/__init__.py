"""What providers call: verify, store, answer 200."""
