"""What became of a study, for people to read: sentences, tables, the front page."""
