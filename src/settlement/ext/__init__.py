"""What stands on other libraries, each an extra of its own: the rest of the library asks for none of it."""
