"""Posters and blank sheets: one YAML source each, drawn as a PDF for the wall and a picture for chat."""
