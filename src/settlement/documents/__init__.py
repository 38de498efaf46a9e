"""The door: how any document is read, refused, written and worded. Each question is a module of its own."""
