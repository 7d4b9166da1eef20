"""What each driver costs, beside the library below it and beside obstore, in one run."""
