# The variables of a release: a release document sets these, var files set the rest.

variable "environment" {
  type        = string
  description = "Name of the environment; part of the name of everything in it."
  nullable    = false

  validation {
    # With "credex-" before and "-green" behind, a target group's 32 characters are full.
    condition     = can(regex("^[a-z][a-z0-9-]{0,17}[a-z0-9]$", var.environment))
    error_message = "Use 2 to 19 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "commit" {
  type        = string
  description = "Git commit of credex-core that the image was built from."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{40}$", var.commit))
    error_message = "Give the full commit: 40 hexadecimal digits."
  }
}

variable "image_digest" {
  type        = string
  description = "Digest of the image that the service runs, for example sha256:9f86..."
  nullable    = false

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "Give the image's digest, sha256: and 64 hexadecimal digits; a tag is not enough."
  }
}

variable "desired_count" {
  type        = number
  description = "How many tasks the service runs. 0 stands for databases without the application."
  nullable    = false

  validation {
    condition     = var.desired_count >= 0 && var.desired_count <= 100 && floor(var.desired_count) == var.desired_count
    error_message = "Give a whole number from 0 to 100."
  }
}

variable "databases" {
  type = map(object({
    neo4j_version = string
    instance_type = string
    private_ip    = optional(string)
    settings      = optional(map(string), {})
  }))
  description = "Each of the two databases, ledger and search: Neo4j version, EC2 instance type, an address in place of the one in database_private_ips, and settings for neo4j.conf that win over neo4j_settings."
  nullable    = false

  validation {
    condition     = toset(keys(var.databases)) == toset(["ledger", "search"])
    error_message = "Describe exactly two databases: ledger and search."
  }

  validation {
    condition = alltrue([
      for database in values(var.databases) : can(regex("^(5|20[0-9]{2})\\.[0-9]{1,2}\\.[0-9]{1,2}$", database.neo4j_version))
    ])
    error_message = "Give each Neo4j version in full, for example 5.26.30 or 2026.08.1."
  }

  validation {
    condition = alltrue([
      for database in values(var.databases) : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", database.instance_type))
    ])
    error_message = "Give EC2 instance types, for example t3.medium."
  }

  validation {
    condition = try(alltrue([
      for index, name in ["ledger", "search"] :
      var.databases[name].private_ip == null ? true :
      cidrhost("${var.databases[name].private_ip}/${split("/", var.database_subnet_cidrs[index])[1]}", 0) == cidrhost(var.database_subnet_cidrs[index], 0)
    ]), false)
    error_message = "The ledger's address must be in the first database subnet and search's in the second."
  }

  validation {
    condition = alltrue(flatten([
      for database in values(var.databases) : [
        for name, value in database.settings : can(regex("^[a-z][A-Za-z0-9_.-]+$", name)) && can(regex("^[^\\n\\r'\\\\]*$", value))
      ]
    ]))
    error_message = "Give settings by their full names; values are one line without quotes and backslashes."
  }
}

variable "live_slot" {
  type        = string
  description = "Slot that the release above is about: the one that has, or is about to give up, the traffic."
  default     = "blue"
  nullable    = false

  validation {
    condition     = contains(["blue", "green"], var.live_slot)
    error_message = "Choose blue or green."
  }
}

variable "standby" {
  type = object({
    commit        = string
    image_digest  = string
    desired_count = number
    databases = map(object({
      neo4j_version = string
      instance_type = string
      private_ip    = optional(string)
      settings      = optional(map(string), {})
    }))
    configuration_versions = optional(map(number), {})
  })
  description = "What the other slot is, in a migration: databases and a service of its own. Null stands for none."
  default     = null

  validation {
    condition     = var.standby == null ? true : toset(keys(var.standby.databases)) == toset(["ledger", "search"])
    error_message = "Describe exactly two databases: ledger and search."
  }

  validation {
    condition     = var.standby == null ? true : can(regex("^sha256:[0-9a-f]{64}$", var.standby.image_digest)) && can(regex("^[0-9a-f]{40}$", var.standby.commit))
    error_message = "Give the full commit, and the image's digest: sha256: and 64 hexadecimal digits."
  }

  validation {
    condition = var.standby == null ? true : alltrue([
      for name, database in var.databases :
      coalesce(database.private_ip, "none") != (var.live_slot == "blue" ? var.green_database_private_ips : var.database_private_ips)[name]
    ])
    error_message = "A database was moved to the address that the other slot is to have. Change that slot's address, or move the database to another one first: neo4j-change."
  }
}

# Where the environment is.

variable "region" {
  type        = string
  description = "AWS region of the environment."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "Give an AWS region, for example af-south-1."
  }
}

variable "availability_zones" {
  type        = list(string)
  description = "The two availability zones; the ledger lives in the first, search in the second."
  nullable    = false

  validation {
    condition     = length(distinct(var.availability_zones)) == 2 && length(var.availability_zones) == 2
    error_message = "Give two different availability zones."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "Give zones of the region, for example af-south-1a."
  }
}

variable "allowed_account_ids" {
  type        = list(string)
  description = "AWS accounts that this environment may be applied to. Empty stands for any."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "An AWS account ID has 12 digits."
  }
}

variable "aws_max_retries" {
  type        = number
  description = "How often the provider repeats a request that AWS throttled or failed."
  default     = 25
  nullable    = false

  validation {
    condition     = var.aws_max_retries >= 0 && var.aws_max_retries <= 50
    error_message = "Give a number from 0 to 50."
  }
}

# Keeping and telling.

variable "log_retention_in_days" {
  type        = number
  description = "How many days logs are kept."
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653], var.log_retention_in_days)
    error_message = "Choose a retention that CloudWatch Logs knows, for example 30, 90 or 365 days."
  }
}

variable "noncurrent_version_expiration_in_days" {
  type        = number
  description = "How many days an overwritten or deleted version of an object is kept, except in the releases bucket."
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_version_expiration_in_days >= 7 && var.noncurrent_version_expiration_in_days <= 3650
    error_message = "Give 7 to 3650 days."
  }
}

variable "alarm_email_addresses" {
  type        = set(string)
  description = "Addresses that alarms are mailed to; each has to confirm its subscription."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_email_addresses : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Give e-mail addresses."
  }
}

variable "backup_retention_in_days" {
  type        = number
  description = "How many days a backup is kept that a newer proven one has taken the place of."
  default     = 35
  nullable    = false

  validation {
    condition     = var.backup_retention_in_days >= 7 && var.backup_retention_in_days <= 3650
    error_message = "Give 7 to 3650 days."
  }
}
