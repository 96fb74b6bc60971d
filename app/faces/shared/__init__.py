"""What all faces share: the application's frame, access, languages, formats, links, components."""
