variable "environment" {
  type        = string
  description = "Name of the environment."
}

variable "name_prefix" {
  type        = string
  description = "Begin of the names of everything in the module."
}

variable "region" {
  type        = string
  description = "AWS region of the service."
}

variable "vpc_id" {
  type        = string
  description = "ID of the VPC."
}

variable "public_subnet_ids" {
  type        = list(string)
  description = "IDs of the load balancer's subnets."
}

variable "private_subnet_ids" {
  type        = list(string)
  description = "IDs of the tasks' subnets."
}

variable "load_balancer_security_group_ids" {
  type        = list(string)
  description = "IDs of the load balancer's security groups."
}

variable "service_security_group_ids" {
  type        = list(string)
  description = "IDs of the tasks' security groups."
}

variable "ecr_repository_name" {
  type        = string
  description = "Name of the repository of the application's images."
}

variable "slots" {
  type = map(object({
    commit                 = string
    image_digest           = string
    desired_count          = number
    configuration_versions = map(number)
  }))
  description = "What each slot in use runs: Git commit, digest of its image, number of tasks, and the version of the SSM parameters that its tasks are started for."
}

variable "live_slot" {
  type        = string
  description = "Slot that the clients get."
}

variable "test_listener_port" {
  type        = number
  description = "Port on which the load balancer answers for the other slot."
}

variable "task_cpu" {
  type        = number
  description = "CPU units of one task."
}

variable "task_memory" {
  type        = number
  description = "Memory of one task in MiB."
}

variable "container_port" {
  type        = number
  description = "Port on which the application listens."
}

variable "node_env" {
  type        = string
  description = "Value of NODE_ENV in the tasks."
}

variable "secret_arns" {
  type        = map(map(string))
  description = "ARN of the SSM parameter of each secret, by slot and by the name that the tasks see."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key that the secrets are encrypted with."
}

variable "log_kms_key_arn" {
  type        = string
  description = "ARN of the KMS key of the log group, once its policy lets CloudWatch Logs use it."
}

variable "log_retention_in_days" {
  type        = number
  description = "How many days the application's log is kept."
}

variable "access_logs_bucket" {
  type        = string
  description = "Name of the bucket that the load balancer writes its access logs to."
}

variable "certificate_arn" {
  type        = string
  description = "ARN of the certificate for HTTPS; null stands for plain HTTP."
}

variable "listener_port" {
  type        = number
  description = "Port for plain HTTP."
}

variable "https_port" {
  type        = number
  description = "Port for HTTPS."
}

variable "api_domain_name" {
  type        = string
  description = "Name under which clients reach the API; null stands for the load balancer's own."
}

variable "traffic_weights" {
  type = object({
    blue  = number
    green = number
  })
  description = "Share of the requests that each slot gets."
}

variable "health_check_path" {
  type        = string
  description = "Path at which the application says that it lives."
}

variable "health_check" {
  type = object({
    interval            = number
    timeout             = number
    healthy_threshold   = number
    unhealthy_threshold = number
  })
  description = "Seconds between health checks, seconds to answer, and how many decide."
}

variable "health_check_grace_period_seconds" {
  type        = number
  description = "How long a new task may take to start."
}

variable "deregistration_delay_seconds" {
  type        = number
  description = "How long a task that goes may finish its requests."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether AWS refuses to delete the load balancer."
}
