output "bucket_names" {
  description = "Names of the buckets, by purpose (state, releases, backups, logs)."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.id }
}

output "bucket_arns" {
  description = "ARNs of the buckets, by purpose."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.arn }
}

output "access_logs_bucket" {
  description = "Name of the bucket for access logs, known once the load balancer may write to it."
  value       = aws_s3_bucket_policy.this["logs"].bucket
}
