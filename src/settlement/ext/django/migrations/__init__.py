"""The app's migrations, which know nothing of the library."""
