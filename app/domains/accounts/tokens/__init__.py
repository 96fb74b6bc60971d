"""Keys for programs: what somebody lets a program do for them, until a day."""
