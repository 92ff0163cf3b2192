# Network.

variable "vpc_cidr" {
  type        = string
  description = "Address range of the VPC."
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]), 0) >= 16
    error_message = "Give an IPv4 range in CIDR notation of at most a /16, for example 10.30.0.0/16."
  }
}

variable "public_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the public subnets, one for each availability zone."
  nullable    = false

  validation {
    condition     = length(var.public_subnet_cidrs) == 2 && alltrue([for cidr in var.public_subnet_cidrs : can(cidrnetmask(cidr))])
    error_message = "Give two IPv4 ranges in CIDR notation, one for each availability zone."
  }
}

variable "private_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the private subnets of the service's tasks, one for each availability zone."
  nullable    = false

  validation {
    condition     = length(var.private_subnet_cidrs) == 2 && alltrue([for cidr in var.private_subnet_cidrs : can(cidrnetmask(cidr))])
    error_message = "Give two IPv4 ranges in CIDR notation, one for each availability zone."
  }
}

variable "database_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the private subnets that only the databases use, so that nothing takes their fixed addresses."
  nullable    = false

  validation {
    condition     = length(var.database_subnet_cidrs) == 2 && alltrue([for cidr in var.database_subnet_cidrs : can(cidrnetmask(cidr))])
    error_message = "Give two IPv4 ranges in CIDR notation, one for each availability zone."
  }
}

variable "single_nat_gateway" {
  type        = bool
  description = "Whether both zones share one NAT gateway, which is cheaper, or each has its own."
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  type        = set(string)
  description = "AWS services that are reached inside the VPC through interface endpoints."
  default     = ["ssm", "ssmmessages", "ec2messages", "ecr.api", "ecr.dkr", "logs", "kms"]
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9][a-z0-9.-]*$", service))])
    error_message = "Give endpoint services by their short names, for example ecr.dkr."
  }
}

variable "flow_log_traffic_type" {
  type        = string
  description = "Which traffic the VPC's flow log records."
  default     = "REJECT"
  nullable    = false

  validation {
    condition     = contains(["ACCEPT", "REJECT", "ALL"], var.flow_log_traffic_type)
    error_message = "Choose ACCEPT, REJECT or ALL."
  }
}
