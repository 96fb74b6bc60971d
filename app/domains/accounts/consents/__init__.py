"""What people agreed to on the platform, with its history: each yes and no is a row of its own."""
