"""An archive in the browser: Datasette over it, with questions that are ready to be asked."""
