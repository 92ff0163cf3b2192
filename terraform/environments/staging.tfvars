# Staging of credex-core. Like production, smaller.
# Of your own account: allowed_account_ids, the AMIs, certificate and domain, and the buckets' names.

region             = "af-south-1"
availability_zones = ["af-south-1a", "af-south-1b"]

vpc_cidr              = "10.20.0.0/16"
public_subnet_cidrs   = ["10.20.0.0/24", "10.20.1.0/24"]
private_subnet_cidrs  = ["10.20.16.0/20", "10.20.32.0/20"]
database_subnet_cidrs = ["10.20.64.0/24", "10.20.65.0/24"]
single_nat_gateway    = true
flow_log_traffic_type = "REJECT"

database_ami_ids = {
  ledger = "ami-0123456789abcdef0"
  search = "ami-0123456789abcdef0"
}
database_private_ips = {
  ledger = "10.20.64.10"
  search = "10.20.65.10"
}
green_database_private_ips = {
  ledger = "10.20.64.11"
  search = "10.20.65.11"
}
database_volume_sizes = {
  ledger = 50
  search = 50
}
database_termination_protection = true
neo4j_artifacts_uri             = "s3://credex-artifacts/neo4j"

node_env    = "staging"
task_cpu    = 512
task_memory = 1024

certificate_arn                   = "arn:aws:acm:af-south-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
api_domain_name                   = "api.staging.credex.example"
load_balancer_deletion_protection = true

state_bucket_name    = "credex-terraform-state-staging"
releases_bucket_name = "credex-releases-staging"
backups_bucket_name  = "credex-backups-staging"
logs_bucket_name     = "credex-access-logs-staging"
kms_key_alias        = "alias/credex-deploy-staging"
ecr_repository_name  = "credex-core-staging"

log_retention_in_days                 = 30
noncurrent_version_expiration_in_days = 90
