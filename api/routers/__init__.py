"""One router per audience; each route is a few lines."""
