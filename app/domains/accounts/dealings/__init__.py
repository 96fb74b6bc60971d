"""In which shops a person has dealt: ids only, kept in the directory, where no shop can look."""
