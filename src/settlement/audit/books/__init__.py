"""The books: double entries, tables and data frames of everything."""
