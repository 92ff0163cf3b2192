# Production of credex-core. Instance types and versions of the databases come from the release.
# Of your own account: allowed_account_ids, the AMIs, certificate and domain, and the buckets' names.

region             = "af-south-1"
availability_zones = ["af-south-1a", "af-south-1b"]

vpc_cidr              = "10.30.0.0/16"
public_subnet_cidrs   = ["10.30.0.0/24", "10.30.1.0/24"]
private_subnet_cidrs  = ["10.30.16.0/20", "10.30.32.0/20"]
database_subnet_cidrs = ["10.30.64.0/24", "10.30.65.0/24"]
single_nat_gateway    = false
flow_log_traffic_type = "ALL"

database_ami_ids = {
  ledger = "ami-0123456789abcdef0"
  search = "ami-0123456789abcdef0"
}
database_private_ips = {
  ledger = "10.30.64.10"
  search = "10.30.65.10"
}
green_database_private_ips = {
  ledger = "10.30.64.11"
  search = "10.30.65.11"
}
database_volume_sizes = {
  ledger = 200
  search = 200
}
database_termination_protection = true
neo4j_artifacts_uri             = "s3://credex-artifacts/neo4j"

node_env    = "production"
task_cpu    = 1024
task_memory = 2048

certificate_arn                   = "arn:aws:acm:af-south-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
api_domain_name                   = "api.credex.example"
load_balancer_deletion_protection = true

state_bucket_name    = "credex-terraform-state-production"
releases_bucket_name = "credex-releases-production"
backups_bucket_name  = "credex-backups-production"
logs_bucket_name     = "credex-access-logs-production"
kms_key_alias        = "alias/credex-deploy-production"
ecr_repository_name  = "credex-core-production"

log_retention_in_days                 = 365
noncurrent_version_expiration_in_days = 365
