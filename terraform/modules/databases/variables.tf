variable "environment" {
  type        = string
  description = "Name of the environment, for tags and metrics."
}

variable "name_prefix" {
  type        = string
  description = "Begin of the names of everything in the module."
}

variable "region" {
  type        = string
  description = "AWS region of the databases."
}

variable "account_id" {
  type        = string
  description = "AWS account of the databases."
}

variable "partition" {
  type        = string
  description = "AWS partition, for example aws."
}

variable "databases" {
  type = map(object({
    database               = string
    slot                   = string
    neo4j_version          = string
    instance_type          = string
    ami_id                 = string
    private_ip             = string
    settings               = map(string)
    data_volume_size       = number
    availability_zone      = string
    subnet_id              = string
    password_parameter     = string
    password_parameter_arn = string
  }))
  description = "Each database of each slot, by a name of its own: which database it is, its version, machine, place, own settings, data volume in GiB, and the parameter of its password."
}

variable "security_group_ids" {
  type        = list(string)
  description = "IDs of the security groups of the instances."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key of volumes, passwords and backups."
}

variable "log_kms_key_arn" {
  type        = string
  description = "ARN of the KMS key of the log groups, once its policy lets CloudWatch Logs use it."
}

variable "neo4j_artifacts_uri" {
  type        = string
  description = "S3 URI under which Neo4j's archives and their checksums are kept."
}

variable "neo4j_settings" {
  type        = map(string)
  description = "Settings for neo4j.conf that win over the module's own."
}

variable "backups_bucket_arn" {
  type        = string
  description = "ARN of the bucket of the backups; each database writes under its own name."
}

variable "termination_protection" {
  type        = bool
  description = "Whether EC2 refuses to terminate an instance outside Terraform."
}

variable "log_retention_in_days" {
  type        = number
  description = "How many days Neo4j's logs are kept."
}

variable "root_volume_size" {
  type        = number
  description = "Size in GiB of an instance's root volume."
  default     = 20
}

variable "data_volume_iops" {
  type        = number
  description = "Input and output operations per second of a data volume."
  default     = 3000
}

variable "data_volume_throughput" {
  type        = number
  description = "Throughput in MiB per second of a data volume."
  default     = 125
}
