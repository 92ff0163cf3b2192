# Databases.

variable "database_ami_ids" {
  type        = map(string)
  description = "AMI of each database's instance: Amazon Linux 2023, for the architecture of the instance type."
  nullable    = false

  validation {
    condition     = toset(keys(var.database_ami_ids)) == toset(["ledger", "search"]) && alltrue([for id in values(var.database_ami_ids) : can(regex("^ami-[0-9a-f]{8,17}$", id))])
    error_message = "Give an AMI ID for ledger and for search, for example ami-0123456789abcdef0."
  }
}

variable "database_private_ips" {
  type        = map(string)
  description = "Fixed private address of each database of the blue slot, inside its database subnet; the Bolt URLs are made of them."
  nullable    = false

  validation {
    condition     = toset(keys(var.database_private_ips)) == toset(["ledger", "search"]) && alltrue([for ip in values(var.database_private_ips) : can(cidrnetmask("${ip}/32"))])
    error_message = "Give an IPv4 address for ledger and for search."
  }

  validation {
    condition = try(alltrue([
      for index, name in ["ledger", "search"] :
      cidrhost("${var.database_private_ips[name]}/${split("/", var.database_subnet_cidrs[index])[1]}", 0) == cidrhost(var.database_subnet_cidrs[index], 0)
    ]), false)
    error_message = "The ledger's address must be in the first database subnet and search's in the second."
  }
}

variable "green_database_private_ips" {
  type        = map(string)
  description = "Fixed private address of each database of the green slot, in the same subnets."
  nullable    = false

  validation {
    condition     = toset(keys(var.green_database_private_ips)) == toset(["ledger", "search"]) && alltrue([for ip in values(var.green_database_private_ips) : can(cidrnetmask("${ip}/32"))])
    error_message = "Give an IPv4 address for ledger and for search."
  }

  validation {
    condition     = length(setintersection(values(var.green_database_private_ips), values(var.database_private_ips))) == 0
    error_message = "Give other addresses than the blue slot's."
  }

  validation {
    condition = try(alltrue([
      for index, name in ["ledger", "search"] :
      cidrhost("${var.green_database_private_ips[name]}/${split("/", var.database_subnet_cidrs[index])[1]}", 0) == cidrhost(var.database_subnet_cidrs[index], 0)
    ]), false)
    error_message = "The ledger's address must be in the first database subnet and search's in the second."
  }
}

variable "database_volume_sizes" {
  type        = map(number)
  description = "Size in GiB of each database's data volume. A volume can grow, never shrink."
  nullable    = false

  validation {
    condition     = toset(keys(var.database_volume_sizes)) == toset(["ledger", "search"]) && alltrue([for size in values(var.database_volume_sizes) : size >= 10 && size <= 16384])
    error_message = "Give a size from 10 to 16384 GiB for ledger and for search."
  }
}

variable "database_client_cidrs" {
  type        = set(string)
  description = "Address ranges besides the service that may speak Bolt to the databases: the deployment's worker."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.database_client_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "Give IPv4 ranges in CIDR notation; the whole internet is refused."
  }
}

variable "worker_public_cidrs" {
  type        = set(string)
  description = "Public addresses from which a deployment's worker outside this VPC asks the load balancer; one in it comes through its NAT gateways."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.worker_public_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "Give IPv4 ranges in CIDR notation; the whole internet is refused."
  }
}

variable "database_termination_protection" {
  type        = bool
  description = "Whether EC2 refuses to terminate a database's instance outside Terraform."
  default     = true
  nullable    = false
}

variable "database_password_keys" {
  type        = map(string)
  description = "Which of the secret keys holds the password of each database's first user."
  default = {
    ledger = "NEO_4J_LEDGER_SPACE_PASS"
    search = "NEO_4J_SEARCH_SPACE_PASS"
  }
  nullable = false

  validation {
    condition     = toset(keys(var.database_password_keys)) == toset(["ledger", "search"]) && alltrue([for key in values(var.database_password_keys) : contains(var.secret_keys, key)])
    error_message = "Name one of secret_keys for ledger and for search."
  }
}

variable "database_url_keys" {
  type        = set(string)
  description = "Which of the secret keys hold the databases' Bolt URLs: the tasks of each slot take their own."
  default     = ["NEO_4J_LEDGER_SPACE_BOLT_URL", "NEO_4J_SEARCH_SPACE_BOLT_URL"]
  nullable    = false

  validation {
    condition     = alltrue([for key in var.database_url_keys : contains(var.secret_keys, key)])
    error_message = "Name keys of secret_keys."
  }
}

variable "neo4j_artifacts_uri" {
  type        = string
  description = "S3 URI under which neo4j-community-VERSION-unix.tar.gz and its .sha256 file are kept."
  nullable    = false

  validation {
    condition     = can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.-]+)*$", var.neo4j_artifacts_uri))
    error_message = "Give an S3 URI without a slash at its end, for example s3://bucket/neo4j."
  }
}

variable "neo4j_settings" {
  type        = map(string)
  description = "Further settings for neo4j.conf; they win over the module's own."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.neo4j_settings : can(regex("^[a-z][A-Za-z0-9_.-]+$", name)) && can(regex("^[^\\n\\r'\\\\]*$", value))])
    error_message = "Give settings by their full names; values are one line without quotes and backslashes."
  }
}
