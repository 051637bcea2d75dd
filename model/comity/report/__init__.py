"""A report is one document from the folders of results: what was asked, what was found, and what is missing."""
