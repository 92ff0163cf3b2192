"""Plans of real Terraform, and the script that made them."""
