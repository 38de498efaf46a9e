"""What stands on other libraries, each an extra of its own: nothing here is loaded by the rest, and nothing asks for it."""
