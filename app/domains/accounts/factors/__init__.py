"""What a person proves with that they are who they say: passwords, passkeys, codes, reset links."""
