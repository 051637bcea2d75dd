"""The app in the browser: a local server and a page that shows the model while it runs."""
