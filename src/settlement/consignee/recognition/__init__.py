"""Recognition of pasted consignee texts (智能识别): one module for each step."""

from __future__ import annotations

from settlement.consignee.recognition.pipeline import recognise
from settlement.consignee.recognition.result import Candidate, Evidence, Recognition
from settlement.consignee.recognition.several import recognise_all
from settlement.documents.written import all_readable as _readable

__all__ = ["Candidate", "Evidence", "Recognition", "recognise", "recognise_all"]

_readable(globals())
