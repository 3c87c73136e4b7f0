"""What a ward's numbers are (`catalogue`), and how they are brought from the store to the trends (`weekly`)."""
