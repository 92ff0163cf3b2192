variable "name_prefix" {
  type        = string
  description = "Begin of the names of everything in the network."
}

variable "region" {
  type        = string
  description = "AWS region, part of the endpoints' service names."
}

variable "vpc_cidr" {
  type        = string
  description = "Address range of the VPC."
}

variable "availability_zones" {
  type        = list(string)
  description = "Availability zones that the subnets are spread over."
}

variable "public_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the public subnets, in the order of the zones."
}

variable "private_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the tasks' subnets, in the order of the zones."
}

variable "database_subnet_cidrs" {
  type        = list(string)
  description = "Address ranges of the databases' subnets, in the order of the zones."
}

variable "single_nat_gateway" {
  type        = bool
  description = "Whether all zones share one NAT gateway."
}

variable "interface_endpoints" {
  type        = set(string)
  description = "Short names of the AWS services that get an interface endpoint."
}

variable "load_balancer_cidrs" {
  type        = set(string)
  description = "Address ranges that may reach the load balancer."
}

variable "load_balancer_ports" {
  type        = set(number)
  description = "Ports on which the load balancer listens."
}

variable "test_listener_port" {
  type        = number
  description = "Port on which the load balancer answers for the slot that is not live, to the worker alone."
}

variable "container_port" {
  type        = number
  description = "Port on which the tasks listen."
}

variable "bolt_port" {
  type        = number
  description = "Port on which the databases speak Bolt."
  default     = 7687
}

variable "scratch_bolt_port" {
  type        = number
  description = "Port on which a database's machine runs a second server for a while, to prove a backup."
  default     = 7688
}

variable "database_client_cidrs" {
  type        = set(string)
  description = "Address ranges besides the service that may speak Bolt to the databases."
}

variable "worker_public_cidrs" {
  type        = set(string)
  description = "Public addresses of a worker outside this VPC, which may ask the load balancer on every port."
}

variable "flow_log_traffic_type" {
  type        = string
  description = "Which traffic the flow log records: ACCEPT, REJECT or ALL."
}

variable "log_retention_in_days" {
  type        = number
  description = "How many days the flow log is kept."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the KMS key that encrypts the flow log."
}
