"""What all our pages in a browser share: their frame and look, their headers, and how they apologise."""
