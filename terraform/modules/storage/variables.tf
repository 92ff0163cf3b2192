variable "account_id" {
  type        = string
  description = "AWS account whose load balancer writes access logs."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key that encrypts state, releases and backups."
}

variable "state_bucket_name" {
  type        = string
  description = "Name of the bucket of the Terraform state."
}

variable "releases_bucket_name" {
  type        = string
  description = "Name of the bucket of the releases and the deployment log."
}

variable "backups_bucket_name" {
  type        = string
  description = "Name of the bucket of the databases' backups."
}

variable "logs_bucket_name" {
  type        = string
  description = "Name of the bucket of the load balancer's access logs."
}

variable "noncurrent_version_expiration" {
  type        = number
  description = "Days that an overwritten or deleted version of an object is kept, except in the releases bucket."
}

variable "saved_plan_expiration" {
  type        = number
  description = "Days after which a saved plan is removed; longer than an approval may take."
  default     = 15
}

variable "access_log_expiration" {
  type        = number
  description = "Days that access logs are kept."
}

variable "superseded_backup_expiration" {
  type        = number
  description = "Days after which a backup is removed, counted from its making, once a newer one was proven."
}
