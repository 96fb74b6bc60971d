"""What people and machines see: one Flask application for each face."""
