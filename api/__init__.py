"""The web service that publishes a verified plan; it never imports the solver or pandas."""
