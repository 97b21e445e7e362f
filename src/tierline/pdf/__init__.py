"""PDF documents: their lines as PDFium sees them, the text with headings that these make, and the process in which both happen."""

from tierline.pdf.process import PDF_TYPES, PdfFault, is_pdf, read_pdf
from tierline.pdf.rules import PdfRules

__all__ = ["PDF_TYPES", "PdfFault", "PdfRules", "is_pdf", "read_pdf"]
