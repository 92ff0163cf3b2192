provider "aws" {
  region              = var.region
  max_retries         = var.aws_max_retries
  allowed_account_ids = length(var.allowed_account_ids) > 0 ? var.allowed_account_ids : null

  default_tags {
    tags = {
      Application = "credex-core"
      Environment = var.environment
      ManagedBy   = "Terraform"
    }
  }
}
