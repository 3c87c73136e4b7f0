"""The browser front: a ward's channel as a page. HTML out, forms in; no JavaScript needed."""
