"""How the documentation is built: Sphinx, the Furo theme, MyST Markdown whose notebooks run each time."""

from importlib.metadata import version as installed_version

project = "settlement"
author = "The settlement developers"
copyright = author
release = version = installed_version("settlement")

extensions = ["myst_nb", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"settlement {release}"
exclude_patterns = ["_build"]
default_role = "code"  # `name` in a docstring reads as in Markdown

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False  # a model says what it adds, not what pydantic says of every model
