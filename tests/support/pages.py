"""A page as a reader of HTML finds it."""

from __future__ import annotations

from html.parser import HTMLParser


class Reader(HTMLParser):
    """Tags, attributes and texts of a page; every element must be closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        """An element begins."""
        self.tags.append(name)
        self.attributes += attributes
        if name != "meta":
            self.open.append(name)

    def handle_endtag(self, name):
        """The last element that is open ends."""
        assert self.open.pop() == name

    def handle_data(self, text):
        """What people read."""
        if self.open and self.open[-1] != "style":
            self.texts.append(text)
