terraform {
  # 1.11 is the first version whose S3 backend locks with a file beside the state.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # This one lifts an instance's termination protection by itself when it replaces the instance; newer ones ask for
      # `force_destroy` first.
      version = "= 5.100.0"
    }
  }
}
