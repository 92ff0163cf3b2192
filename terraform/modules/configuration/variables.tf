variable "environment" {
  type        = string
  description = "Name of the environment."
}

variable "region" {
  type        = string
  description = "AWS region of the parameters."
}

variable "account_id" {
  type        = string
  description = "AWS account of the parameters."
}

variable "partition" {
  type        = string
  description = "AWS partition, for example aws."
}

variable "kms_key_alias" {
  type        = string
  description = "Alias of the environment's KMS key."
}

variable "secret_keys" {
  type        = set(string)
  description = "Names of the secrets that the application takes."
}

variable "database_password_keys" {
  type        = map(string)
  description = "Secret key that holds the password of each database's first user."
}

variable "slot_keys" {
  type        = set(string)
  description = "Secret keys of which each slot has its own: the Bolt URLs."
}
