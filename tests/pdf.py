"""What another program finds in a PDF: its words, and the elements that a screen reader is told."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium


def text_of(pdf: bytes, page: int = 0) -> str:
    """The words of a page, with single spaces."""
    return " ".join(pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_bounded().split())


def whole_text_of(pdf: bytes) -> str:
    """The words of every page."""
    return " ".join(text_of(pdf, page) for page in range(len(pypdfium2.PdfDocument(pdf))))


def tags(pdf: bytes, page: int = 0) -> list[tuple[str, str]]:
    """The elements of a page: kind and alt text."""

    def text(function: object, element: object) -> str:
        buffer = ctypes.create_string_buffer(4000)
        length = function(element, buffer, len(buffer))  # type: ignore[operator]
        return buffer.raw[: max(0, length - 2)].decode("utf-16-le")

    document = pypdfium2.PdfDocument(pdf)
    shown = document[page]  # kept until the end: the tree is of this page
    tree = pdfium.FPDF_StructTree_GetForPage(shown.raw)
    root = pdfium.FPDF_StructTree_GetChildAtIndex(tree, 0)
    assert text(pdfium.FPDF_StructElement_GetType, root) == "Document"
    elements = [
        pdfium.FPDF_StructElement_GetChildAtIndex(root, number)
        for number in range(pdfium.FPDF_StructElement_CountChildren(root))
    ]
    found = [
        (text(pdfium.FPDF_StructElement_GetType, one), text(pdfium.FPDF_StructElement_GetAltText, one))
        for one in elements
    ]
    pdfium.FPDF_StructTree_Close(tree)
    return found
