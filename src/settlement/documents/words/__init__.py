"""Words for readers: languages, texts of codes, tables and pages. The only place that knows Babel."""
