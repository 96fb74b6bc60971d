"""Taking one's data along, and having it erased: over the directory and every shop (FR-025, ART-14).

What is where stands in each domain's `personal_data.py`; this domain walks those lists.
"""
