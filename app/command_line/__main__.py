"""`python -m app.command_line`: what `./galleria` hands over to."""

from app.command_line.main import run

if __name__ == "__main__":
    run()
