terraform {
  # 1.11 is the first version whose S3 backend locks with a file beside the state.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "= 5.100.0"
    }
  }
}
