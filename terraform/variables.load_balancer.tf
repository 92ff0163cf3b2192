# Load balancer.

variable "certificate_arn" {
  type        = string
  description = "ARN of the ACM certificate. Without one the load balancer speaks plain HTTP on listener_port."
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9A-Za-z-]+$", var.certificate_arn))
    error_message = "Give the ARN of an ACM certificate, or null for plain HTTP."
  }
}

variable "api_domain_name" {
  type        = string
  description = "Name under which clients reach the API. Null stands for the load balancer's own name."
  default     = null

  validation {
    condition     = var.api_domain_name == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.api_domain_name))
    error_message = "Give a domain name, for example api.example.org, or null."
  }
}

variable "listener_port" {
  type        = number
  description = "Port for plain HTTP: it redirects to HTTPS where there is a certificate, else it forwards."
  default     = 80
  nullable    = false

  validation {
    condition     = var.listener_port >= 1 && var.listener_port <= 65535
    error_message = "Give a port from 1 to 65535."
  }
}

variable "https_port" {
  type        = number
  description = "Port for HTTPS, used where there is a certificate."
  default     = 443
  nullable    = false

  validation {
    condition     = var.https_port >= 1 && var.https_port <= 65535 && var.https_port != var.listener_port
    error_message = "Give a port from 1 to 65535 other than listener_port."
  }
}

variable "test_listener_port" {
  type        = number
  description = "Port on which the slot that is not live answers, to the deployment's worker alone."
  default     = 9000
  nullable    = false

  validation {
    condition     = var.test_listener_port >= 1 && var.test_listener_port <= 65535
    error_message = "Give a port from 1 to 65535."
  }

  validation {
    condition     = !contains([var.listener_port, var.https_port], var.test_listener_port)
    error_message = "Give another port than listener_port and https_port."
  }
}

variable "load_balancer_allowed_cidrs" {
  type        = set(string)
  description = "Address ranges that may reach the load balancer."
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.load_balancer_allowed_cidrs) > 0 && alltrue([for cidr in var.load_balancer_allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "Give at least one IPv4 range in CIDR notation."
  }
}

variable "load_balancer_deletion_protection" {
  type        = bool
  description = "Whether AWS refuses to delete the load balancer."
  default     = true
  nullable    = false
}
