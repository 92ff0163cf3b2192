variable "name_prefix" {
  type        = string
  description = "Begin of the names of topic and alarms."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key that encrypts the topic, once its policy lets CloudWatch use it."
}

variable "alarm_email_addresses" {
  type        = set(string)
  description = "Addresses that alarms are mailed to."
}

variable "ecs_cluster_name" {
  type        = string
  description = "Name of the ECS cluster."
}

variable "ecs_service_name" {
  type        = string
  description = "Name of the ECS service."
}

variable "load_balancer_arn_suffix" {
  type        = string
  description = "How CloudWatch's metrics name the load balancer."
}

variable "target_group_arn_suffixes" {
  type        = map(string)
  description = "How CloudWatch's metrics name each slot's target group."
}

variable "database_instance_ids" {
  type        = map(string)
  description = "ID of each database's instance."
}

variable "metrics_namespace" {
  type        = string
  description = "CloudWatch namespace of what the databases' machines measure themselves."
}

variable "errors_per_minute" {
  type        = number
  description = "Server errors in a minute above which the alarm rings."
  default     = 10
}

variable "disk_used_percent" {
  type        = number
  description = "Percentage of a data volume above which the alarm rings."
  default     = 80
}
