"""One module for each rule that draws, so that an edit redraws only its own."""
