"""Answering a challenge of our own as a browser's script does, for tests that send forms."""

import html
import json
import re

import altcha


def solve(page: str) -> dict[str, str]:
    """Return the form's fields that answer the challenge of a page."""
    found = re.search(r'data-task="([^"]+)"', page)
    assert found, "no challenge on this page"
    return {"challenge": solve_task(html.unescape(found[1]))}


def solve_task(task: str) -> str:
    """Return the answer to a task."""
    challenge = altcha.Challenge.from_dict(json.loads(task))
    solution = altcha.solve_challenge(challenge)
    assert solution
    return altcha.Payload(challenge, solution).to_base64()
