# Service.

variable "task_cpu" {
  type        = number
  description = "CPU units of one task; 1024 are one vCPU."
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.task_cpu)
    error_message = "Choose 256, 512, 1024, 2048 or 4096."
  }
}

variable "task_memory" {
  type        = number
  description = "Memory of one task in MiB."
  nullable    = false

  validation {
    condition     = var.task_memory >= var.task_cpu * 2 && var.task_memory <= var.task_cpu * 8
    error_message = "Fargate gives a task between twice and eight times as many MiB as it has CPU units."
  }
}

variable "node_env" {
  type        = string
  description = "Value of NODE_ENV in the tasks."
  default     = "production"
  nullable    = false

  validation {
    condition     = contains(["development", "staging", "production"], var.node_env)
    error_message = "Choose development, staging or production."
  }
}

variable "secret_keys" {
  type        = set(string)
  description = "Names of the secrets that the tasks take from SSM, kept under /credex/ENVIRONMENT/NAME."
  default = [
    "CLIENT_API_KEY",
    "JWT_SECRET",
    "NEO_4J_LEDGER_SPACE_BOLT_URL",
    "NEO_4J_LEDGER_SPACE_PASS",
    "NEO_4J_LEDGER_SPACE_USER",
    "NEO_4J_SEARCH_SPACE_BOLT_URL",
    "NEO_4J_SEARCH_SPACE_PASS",
    "NEO_4J_SEARCH_SPACE_USER",
    "OPEN_EXCHANGE_RATES_API",
  ]
  nullable = false

  validation {
    condition     = alltrue([for key in var.secret_keys : can(regex("^[A-Z][A-Z0-9_]{0,99}$", key))])
    error_message = "Names of secrets are written in upper-case letters, digits and underscores."
  }
}

variable "configuration_versions" {
  type        = map(number)
  description = "Version of the SSM parameter of each secret that was changed since the first deployment; 0 for one that the tasks are not given any more."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, version in var.configuration_versions : contains(var.secret_keys, key) && version >= 0])
    error_message = "Name secrets of secret_keys, with versions from 1 on, or 0."
  }
}

variable "container_port" {
  type        = number
  description = "Port on which the application listens, and that the load balancer checks and forwards to."
  default     = 5000
  nullable    = false

  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535
    error_message = "Give a port from 1024 to 65535."
  }
}

variable "health_check_path" {
  type        = string
  description = "Path at which the application says that it lives."
  default     = "/health"
  nullable    = false

  validation {
    condition     = can(regex("^/[A-Za-z0-9/_-]*$", var.health_check_path))
    error_message = "Give a path, for example /health."
  }
}

variable "health_check" {
  type = object({
    interval            = number
    timeout             = number
    healthy_threshold   = number
    unhealthy_threshold = number
  })
  description = "How the load balancer checks a task: seconds between checks, seconds to answer, and how many decide."
  default = {
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
  nullable = false

  validation {
    condition     = var.health_check.interval >= 5 && var.health_check.interval <= 300 && var.health_check.timeout >= 2 && var.health_check.timeout < var.health_check.interval
    error_message = "The interval is 5 to 300 seconds, and the timeout at least 2 and shorter than it."
  }

  validation {
    condition     = alltrue([for count in [var.health_check.healthy_threshold, var.health_check.unhealthy_threshold] : count >= 2 && count <= 10])
    error_message = "Each threshold is 2 to 10 checks."
  }
}

variable "health_check_grace_period_seconds" {
  type        = number
  description = "How long a new task may take to start before failed health checks stop it."
  default     = 60
  nullable    = false

  validation {
    condition     = var.health_check_grace_period_seconds >= 0 && var.health_check_grace_period_seconds <= 1800
    error_message = "Give 0 to 1800 seconds."
  }
}

variable "deregistration_delay_seconds" {
  type        = number
  description = "How long a task that is being replaced may finish the requests it has."
  default     = 30
  nullable    = false

  validation {
    condition     = var.deregistration_delay_seconds >= 0 && var.deregistration_delay_seconds <= 3600
    error_message = "Give 0 to 3600 seconds."
  }
}

variable "traffic_weights" {
  type = object({
    blue  = number
    green = number
  })
  description = "Shares of the requests that go to the blue and the green target group."
  default = {
    blue  = 100
    green = 0
  }
  nullable = false

  validation {
    condition     = alltrue([for weight in values(var.traffic_weights) : weight >= 0 && weight <= 999]) && sum(values(var.traffic_weights)) > 0
    error_message = "Weights are 0 to 999, and at least one of them is not 0."
  }
}
