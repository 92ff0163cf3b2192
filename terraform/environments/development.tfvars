# Development of credex-core. Small, and without a certificate: it is reached by plain HTTP.
# Of your own account: allowed_account_ids, the AMIs, certificate and domain, and the buckets' names.

region             = "af-south-1"
availability_zones = ["af-south-1a", "af-south-1b"]

vpc_cidr              = "10.10.0.0/16"
public_subnet_cidrs   = ["10.10.0.0/24", "10.10.1.0/24"]
private_subnet_cidrs  = ["10.10.16.0/20", "10.10.32.0/20"]
database_subnet_cidrs = ["10.10.64.0/24", "10.10.65.0/24"]
single_nat_gateway    = true
flow_log_traffic_type = "REJECT"

database_ami_ids = {
  ledger = "ami-0123456789abcdef0"
  search = "ami-0123456789abcdef0"
}
database_private_ips = {
  ledger = "10.10.64.10"
  search = "10.10.65.10"
}
green_database_private_ips = {
  ledger = "10.10.64.11"
  search = "10.10.65.11"
}
database_volume_sizes = {
  ledger = 20
  search = 20
}
database_termination_protection = false
neo4j_artifacts_uri             = "s3://credex-artifacts/neo4j"

node_env    = "development"
task_cpu    = 256
task_memory = 512

certificate_arn                   = null
api_domain_name                   = null
load_balancer_deletion_protection = false

state_bucket_name    = "credex-terraform-state-development"
releases_bucket_name = "credex-releases-development"
backups_bucket_name  = "credex-backups-development"
logs_bucket_name     = "credex-access-logs-development"
kms_key_alias        = "alias/credex-deploy-development"
ecr_repository_name  = "credex-core-development"

log_retention_in_days                 = 14
noncurrent_version_expiration_in_days = 30
