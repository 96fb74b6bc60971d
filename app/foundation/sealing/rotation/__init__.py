"""Changing keys while everything goes on: small steps, each a transaction, safe to end at any point.

A rotation begins with a new version of a place's key. From then on every step only looks for what
is not on the newest key yet, so that a killed rotation is gone on with by whoever looks next (the
command, or the schedule), and two at once help each other: each takes rows that nobody else has.

    people   keys of people are wrapped anew; or made anew where the rotation asks for it, and
             then all that they sealed is moved, a few rows at a time
    rows     values under the place's own key are sealed anew
    first    rows of the first release, and of columns that became a person's, get a person's key
    settle   once no process can be sealing with the version before, and nothing is on it: it goes
"""
