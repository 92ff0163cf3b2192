"""The deployment page: one self-contained HTML file of what the deployment logs say."""
