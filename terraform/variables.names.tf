# Names that are unique beyond the environment, or that exist before it.

variable "state_bucket_name" {
  type        = string
  description = "Bucket of the Terraform state; exists before the first apply."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket_name))
    error_message = "Give a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "releases_bucket_name" {
  type        = string
  description = "Bucket of the release documents and the deployment log; exists before the first apply."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.releases_bucket_name))
    error_message = "Give a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "backups_bucket_name" {
  type        = string
  description = "Bucket of the databases' backups."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.backups_bucket_name))
    error_message = "Give a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "logs_bucket_name" {
  type        = string
  description = "Bucket of the load balancer's access logs."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.logs_bucket_name))
    error_message = "Give a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "kms_key_alias" {
  type        = string
  description = "Alias of the environment's KMS key; exists before the first apply."
  nullable    = false

  validation {
    condition     = can(regex("^alias/[A-Za-z0-9/_-]+$", var.kms_key_alias)) && !startswith(var.kms_key_alias, "alias/aws/")
    error_message = "Give the alias of a key of your own, for example alias/credex-deploy-production."
  }
}

variable "ecr_repository_name" {
  type        = string
  description = "ECR repository of the application's images; exists before the first apply."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.ecr_repository_name))
    error_message = "Give an ECR repository's name, for example credex-core-production."
  }
}
