"""How independent work runs: here, in processes or on a cluster; what stops it and what fails."""
