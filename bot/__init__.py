"""Wardhuddle: a chat bot that helps ward teams prevent harm before it starts."""
